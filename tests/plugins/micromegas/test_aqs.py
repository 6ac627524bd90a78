"""Reading .aqs files: whole ones exactly, damaged ones never silently."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helioscope.api import InputError, LimitError, SourceRequest, UsageError, check
from helioscope.testing import source_conformance
from helioscope_micromegas.detector import raw
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.sources import AQS

from . import feminos

SCHEMA = raw(MicromegasSettings(readout="waveforms"))
START_S = 1_582_141_590
CARDS = [
    {
        2: {(0, 51): feminos.noise(number), (3, 17): feminos.pulse(number + 9, 900)},
        3: {(1, 21 + number): feminos.pulse(number, 300)},
    }
    for number in (1, 2, 3, 4)
]
EVENTS = [feminos.event(number, 5_000_000 * number, cards) for number, cards in enumerate(CARDS, 1)]
WHOLE = feminos.run(START_S, EVENTS)


def request(path: Path, batch: int = 50, max_bytes: int = 10**8, **options: str) -> SourceRequest:
    return SourceRequest(path, SCHEMA, options, batch, max_bytes)


def read(path: Path, content: bytes, batch: int = 50, **options: str) -> ak.Array:
    path.write_bytes(content)
    batches = list(AQS.read(request(path, batch, **options)))
    return ak.concatenate(batches) if batches else SCHEMA.empty()


def test_whole_file_is_read_to_the_sample(tmp_path: Path) -> None:
    events = read(tmp_path / "run.aqs", WHOLE)
    assert not check(events, SCHEMA)
    assert events["event_id"].to_list() == [1, 2, 3, 4]
    assert events["time_ns"].to_list() == [
        START_S * 10**9 + 20 * 5_000_000 * number for number in (1, 2, 3, 4)
    ]
    # channel number = card x 288 + chip x 72 + channel
    assert events["signal_id"][1].to_list() == [2 * 288 + 51, 2 * 288 + 3 * 72 + 17, 3 * 288 + 95]
    assert events["signal_adu"][1][1].to_list() == feminos.pulse(11, 900)


def test_a_schema_without_signals_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.aqs").write_bytes(WHOLE)
    asked = replace(request(tmp_path / "run.aqs"), schema=raw(MicromegasSettings()))
    for reading in (lambda: list(AQS.read(asked)), lambda: AQS.marks(asked, 100)):
        with pytest.raises(InputError, match="has no 'signal_adu'"):
            reading()


def test_recognised_by_content_not_by_name(tmp_path: Path) -> None:
    for name, content, known in (
        ("run.dat", WHOLE, True),
        ("only_header.aqs", WHOLE[:6], True),
        ("short.aqs", WHOLE[:4], False),
        ("text.aqs", b"daq_id,axis,strip_pos_mm_in_module\n", False),
        ("zeros.aqs", bytes(4096), False),
    ):
        (tmp_path / name).write_bytes(content)
        assert AQS.recognises(tmp_path / name) is known, name


@pytest.mark.parametrize("batch", [1, 2, 3, 50])
def test_batch_size_changes_nothing(tmp_path: Path, batch: int) -> None:
    whole = read(tmp_path / "a.aqs", WHOLE)
    parts = read(tmp_path / "b.aqs", WHOLE, batch)
    assert ak.all(whole["signal_adu"] == parts["signal_adu"])
    assert whole["time_ns"].to_list() == parts["time_ns"].to_list()


@pytest.mark.parametrize("block", [64, 3000, 8 << 20])
def test_reading_begins_at_any_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """Blocks of the file that are read at once end batches too, within an event or not."""
    monkeypatch.setattr("helioscope_micromegas.sources._BLOCK_BYTES", block)
    events = [feminos.event(n, 900 * n, {2: {(0, n): feminos.noise(n)}}) for n in range(1, 24)]
    path = tmp_path / "run.aqs"
    path.write_bytes(feminos.run(START_S, events))
    marks = source_conformance(AQS, request(path, 5), 1)
    assert len(marks) > 5
    assert len(source_conformance(AQS, request(path, 5), path.stat().st_size // 2)) == 3
    path.write_bytes(feminos.run(START_S, events)[:-7])
    cut = request(path, 5, truncated="keep")
    assert source_conformance(AQS, cut, 1)[-1].event == 22


def test_monitoring_and_configuration_frames_between_events_are_stepped_over(
    tmp_path: Path,
) -> None:
    extra = struct.pack("<6H", 0x0603, 12, 0x1234, 0x0009, 0x0008, 0x000F)
    content = feminos.run(START_S, [EVENTS[0], extra, EVENTS[1], extra])
    assert read(tmp_path / "run.aqs", content)["event_id"].to_list() == [1, 2]


@pytest.mark.parametrize("cut", range(7, len(WHOLE), 997))
def test_cut_anywhere_is_refused_after_the_whole_events(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "run.aqs"
    path.write_bytes(WHOLE[:cut])
    ends = np.cumsum([6, *map(len, EVENTS)])
    whole = int(np.searchsorted(ends, cut, "right")) - 1
    batches = AQS.read(request(path, 1))
    assert [len(next(batches)) for _ in range(whole)] == [1] * whole
    with pytest.raises(InputError, match="ends within an event") as fault:
        next(batches)
    assert str(path) in str(fault.value)
    assert f"byte {ends[whole]}" in str(fault.value)


def test_cut_file_can_be_kept_where_the_job_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    events = read(tmp_path / "run.aqs", WHOLE[:-100], truncated="keep")
    assert events["event_id"].to_list() == [1, 2, 3]
    assert "ends within an event" in caplog.text


@pytest.mark.parametrize("content", [b"", WHOLE[:6]])
def test_file_without_events_gives_none(tmp_path: Path, content: bytes) -> None:
    assert len(read(tmp_path / "run.aqs", content)) == 0


def test_unknown_option_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="truncate"):
        read(tmp_path / "run.aqs", WHOLE, truncate="keep")


def test_batch_larger_than_the_memory_allowed_ends_before_it_is_taken(tmp_path: Path) -> None:
    (tmp_path / "run.aqs").write_bytes(WHOLE)
    with pytest.raises(LimitError):
        list(AQS.read(request(tmp_path / "run.aqs", 4, 5000)))


def _word(content: bytes, find: Callable[[int], bool], value: int, nth: int = 0) -> bytes:
    """Replace the nth word of the first event's headers that fits."""
    words = np.frombuffer(content, "<u2").copy()
    place = np.flatnonzero([find(int(word)) for word in words])[nth]
    words[place] = value
    return words.tobytes()


FIRST = feminos.run(START_S, EVENTS[:1])


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (_word(FIRST, lambda w: w == 0x0802, 0x0A02), "neither an event nor a frame"),
        (_word(FIRST, lambda w: w == 0x000F, 0x000E), "does not end where its size says"),
        (_word(FIRST, lambda w: w & 0xC000 == 0xC000, 0xC000 | 2 << 9 | 75), "channel number"),
        (_word(FIRST, lambda w: w & 0xC000 == 0xC000, 0xC000 | 3 << 9 | 5), "another card"),
        (_word(FIRST, lambda w: w & 0xF000 == 0x3000, 0x0E00, 40), "number of samples"),
        (_word(FIRST, lambda w: w & 0xFFF0 == 0x00E0, 0x00E1), "event size"),
        (_word(FIRST, lambda w: w == 0x00F3, 0x2000), "no data frame holds|without a header"),
        (_word(FIRST, lambda w: w == 0x8401, 0x8400), "more channels"),
        (_word(FIRST, lambda w: w == 0x8401, 0x8402), "beyond the channels"),
        (_word(FIRST, lambda w: w & 0xC180 == 0xC180, 0xC000 | 2 << 9 | 55), "more channels"),
        (_word(FIRST, lambda w: w & 0xC180 == 0xC180, 0xC000 | 2 << 9 | 51), "does not rise"),
        (_word(FIRST, lambda w: w & 0xC180 == 0xC180, 0xC000 | 2 << 9 | 50), "does not rise"),
        (feminos.run(START_S, [EVENTS[1], EVENTS[0]]), "does not rise"),
        (feminos.run(START_S, [EVENTS[0], EVENTS[0]]), "does not rise"),
        (
            feminos.run(START_S, [feminos.event(1, 7, {2: {}, 3: {}})]).replace(
                struct.pack("<6H", 0x00F3, 7, 0, 0, 1, 0),
                struct.pack("<6H", 0x00F3, 8, 0, 0, 1, 0),
                1,
            ),
            "disagree",
        ),
        (
            feminos.run(START_S, [struct.pack("<2H", 9, 8)]),
            "without a header",
        ),
        (
            feminos.run(START_S, [feminos.event(1, 7, {2: {(0, 5): feminos.noise(1)[:500]}})]),
            "number of samples",
        ),
        (
            feminos.run(
                START_S, [struct.pack("<H", 9) + struct.pack("<2H", 0x0802, 7) + bytes(64)]
            ),
            "size is odd",
        ),
    ],
)
def test_frame_that_contradicts_itself_is_refused(
    tmp_path: Path, content: bytes, fault: str
) -> None:
    with pytest.raises(InputError, match=fault) as error:
        read(tmp_path / "run.aqs", content)
    assert "byte" in error.value.where


#: Event, number within it, and byte of the first sample of each signal.
SIGNALS = [
    (event, signal, WHOLE.index((np.array(samples, "<u2") | 0x3000).astype("<u2").tobytes()))
    for event, cards in enumerate(CARDS)
    for signal, samples in enumerate(
        samples for channels in cards.values() for samples in channels.values()
    )
]
#: Where the words stand that are no samples, and where each card's header of an event stands.
STRUCTURE = sorted(
    set(range(6, len(WHOLE))) - {at + i for _, _, at in SIGNALS for i in range(2 * feminos.SAMPLES)}
)
HEADERS = [
    [at for at in range(6, len(WHOLE), 2) if WHOLE[at : at + 12] == header]
    for header in (feminos.header(number, 5_000_000 * number) for number in (1, 2, 3, 4))
]


@given(
    changes=st.lists(
        st.tuples(
            st.one_of(st.sampled_from(STRUCTURE), st.integers(6, len(WHOLE) - 1)),
            st.integers(1, 255),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda change: change[0],
    )
)
@settings(max_examples=600)
def test_changed_bytes_are_refused_or_change_only_what_stands_there(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    """Events of two cards: a channel and samples may be others, as the changed words say."""
    content = bytearray(WHOLE)
    for place, flip in changes:
        content[place] ^= flip
    path = tmp_path_factory.mktemp("fuzz") / "run.aqs"
    try:
        events = read(path, bytes(content))
    except InputError:
        return
    whole = read(path, WHOLE)
    changed = {place for place, _ in changes}
    assert ak.num(events["signal_id"]).to_list() == ak.num(whole["signal_id"]).to_list()
    for event, headers in enumerate(HEADERS):
        if not all(changed & set(range(at, at + 12)) for at in headers):  # not of both cards
            assert events["event_id"][event] == whole["event_id"][event]
            assert events["time_ns"][event] == whole["time_ns"][event]
    for event, signal, at in SIGNALS:
        words = np.frombuffer(content, "<u2", 1 + feminos.SAMPLES, at - 2)
        assert events["signal_id"][event, signal] == feminos.daq_id(int(words[0]))
        assert events["signal_adu"][event, signal].to_list() == (words[1:] & 0xFFF).tolist()
        if not changed & {at - 2, at - 1}:
            assert events["signal_id"][event, signal] == whole["signal_id"][event, signal]


SHORT = raw(
    MicromegasSettings(readout="waveforms", samples=16, baseline_range=(0, 4), pulse_range=(4, 16))
)
SENT = {(0, 5): 3, (0, 9): 4, (0, 40): 5, (2, 64): 6}


def short_run(cards: tuple[int, ...]) -> bytes:
    """Three events of 16 samples a channel; each chip counts two reset channels more."""
    channels = {place: [value] * 16 for place, value in SENT.items()}
    sent = [
        feminos.event(number, 1_000_003 * number, dict.fromkeys(cards, channels), reset_channels=2)
        for number in (1, 2, 3)
    ]
    return feminos.run(START_S, sent)


def flips(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Flip each bit of each word of the second event that is no sample; give old word and new."""
    words = np.frombuffer(content, "<u2", offset=6)
    _, second, third = np.flatnonzero(words == 0x0009)
    for place in second + np.flatnonzero(words[second:third] & 0xF000 != 0x3000):
        for bit in range(16):
            damaged = words.copy()
            damaged[place] ^= 1 << bit
            yield int(words[place]), int(damaged[place]), content[:6] + damaged.tobytes()


def columns(path: Path, content: bytes) -> list[list[object]]:
    path.write_bytes(content)
    batches = AQS.read(SourceRequest(path, SHORT, {}, 50, 10**8))
    return [list(event.to_list().values()) for batch in batches for event in batch]


@pytest.mark.parametrize("cards", [(2, 3), (2,)])
def test_bit_that_changes_and_is_not_refused_is_one_that_no_check_can_see(
    tmp_path: Path, cards: tuple[int, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """Channels between their neighbours in the chip; of one card alone also number and clock."""
    content, path = short_run(cards), tmp_path / "run.aqs"
    whole = columns(path, content)
    unseen, moved = 0, 0
    for old, new, damaged in flips(content):
        caplog.clear()
        try:
            events = columns(path, damaged)
        except InputError:
            continue
        differ = {i for a, b in zip(events, whole, strict=True) for i in range(4) if a[i] != b[i]}
        if differ == {2}:
            moved += 1
            chip, channel = divmod(feminos.daq_id(new) - 288 * (old >> 9 & 31), 72)
            others = [c for (k, c) in SENT if k == chip and c != old & 0x7F]
            assert chip == old >> 7 & 3
            assert [c < channel for c in others] == [c < old & 0x7F for c in others]
        elif differ:
            assert len(cards) == 1
            assert differ in ({0}, {1})
            assert differ == {1} or "event numbers are missing" in caplog.text
            unseen += 1
    assert moved
    assert bool(unseen) == (len(cards) == 1)


def test_missing_event_numbers_are_warned_of_also_between_batches(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    events = [feminos.event(n, 900 * n, {2: {(0, 5): feminos.noise(n)}}) for n in (7, 8, 12, 14)]
    assert read(tmp_path / "run.aqs", feminos.run(START_S, events), 2)["event_id"].to_list() == [
        7, 8, 12, 14,
    ]  # fmt: skip
    assert "4 event numbers are missing, the first between events 8 and 12" in caplog.text
    caplog.clear()
    read(tmp_path / "run.aqs", WHOLE)
    assert not caplog.text


@given(content=st.binary(max_size=400), cut=st.integers(0, len(WHOLE)))
@settings(max_examples=200)
def test_rubbish_ends_in_an_input_error_or_in_events_of_the_schema(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, cut: int
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "run.aqs"
    try:
        events = read(path, WHOLE[:cut] + content)
    except InputError:
        return
    assert not check(events, SCHEMA)
