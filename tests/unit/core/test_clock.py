"""The clock of a run: copies, steps, leap seconds, and time counted once."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from helioscope.core.events.clock import Clock
from helioscope.model.intervals import Intervals
from helioscope.model.quality import TIME_BACKWARDS, TIME_JUMP, TIME_REPEATED
from helioscope.model.time import NS_PER_S, parse_iso

FRAME = 10


def times(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def numbered(time_ns: NDArray[np.int64], first: int = 0) -> NDArray[np.int64]:
    return np.arange(first, first + time_ns.size, dtype=np.int64)


def held(clock: Clock) -> int:
    """Count the numbers in all arrays that a clock holds."""
    return sum(int(np.size(part)) for value in vars(clock).values() for part in _listed(value))


def _listed(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, np.ndarray) else []


def test_frames_in_order_are_all_new_and_cover_their_length() -> None:
    found = Clock(FRAME).admit(numbered(times(0, 10, 25)), times(0, 10, 25))
    assert found.admitted.all()
    assert found.quality.tolist() == [0, 0, 0]
    assert found.covered_ns.tolist() == [10, 10, 10]


def test_a_frame_that_comes_twice_is_rejected_wherever_it_comes() -> None:
    clock = Clock(FRAME)
    clock.admit(times(0, 1), times(0, 10))
    found = clock.admit(times(2, 3, 4, 5), times(10, 20, 20, 0))
    assert found.admitted.tolist() == [False, True, False, False]
    assert found.covered_ns.sum() == 10


def test_events_of_a_coarse_clock_are_told_apart_by_their_number() -> None:
    clock = Clock(0)
    found = clock.admit(times(1, 2, 2, 3), times(100, 100, 100, 100))
    assert found.admitted.tolist() == [True, True, False, True]
    assert found.quality.tolist() == [0] + [TIME_REPEATED.mask] * 3


def test_a_clock_that_goes_back_is_flagged_and_adds_no_time_twice() -> None:
    found = Clock(FRAME).admit(numbered(times(0, 10, 5, 12, 20)), times(0, 10, 5, 12, 20))
    assert found.admitted.all()
    assert found.quality[2] == TIME_BACKWARDS.mask
    assert found.covered_ns.tolist() == [10, 10, 0, 2, 8]


def test_an_hour_lost_to_daylight_saving_is_flagged() -> None:
    hour = 3600 * NS_PER_S
    clock = Clock(NS_PER_S)
    start = np.arange(0, 5) * NS_PER_S
    clock.admit(numbered(start), start)
    forward = clock.admit(numbered(start, 5), start + hour + 5 * NS_PER_S)
    assert forward.quality[0] == TIME_JUMP.mask
    back = clock.admit(numbered(start, 10), start + NS_PER_S // 2)
    assert back.quality[0] == TIME_BACKWARDS.mask
    assert back.covered_ns.sum() == 0


@pytest.mark.parametrize(
    "day", ["2006-01-01", "2009-01-01", "2012-07-01", "2015-07-01", "2017-01-01"]
)
def test_a_leap_second_is_counted_and_not_taken_for_a_step_back(day: str) -> None:
    leap = parse_iso(f"{day}T00:00:00Z")
    before = leap + np.arange(-4, 4) * (NS_PER_S // 4)  # the last second of the day, and 23:59:60
    after = leap + np.arange(0, 4) * (NS_PER_S // 4)
    stream = np.concatenate((before, after))
    clock = Clock(NS_PER_S // 4)
    parts = [clock.admit(numbered(part, i * 4), part) for i, part in enumerate(np.split(stream, 3))]
    assert sum(int(part.covered_ns.sum()) for part in parts) == 3 * NS_PER_S
    assert all((part.quality & np.uint32(TIME_BACKWARDS.mask) == 0).all() for part in parts)


def test_only_a_pause_of_more_than_half_an_hour_is_flagged() -> None:
    half_hour = 1800 * NS_PER_S
    stream = times(0, half_hour, 2 * half_hour + 1)
    assert Clock(0).admit(numbered(stream), stream).quality.tolist() == [0, 0, TIME_JUMP.mask]


@given(st.data())
def test_a_leap_second_read_in_any_batches_is_covered_as_a_stopwatch_shows_it(
    data: st.DataObject,
) -> None:
    """Frames follow each other on a stopwatch, which at ``leap`` starts the inserted second."""
    leap = parse_iso("2017-01-01T00:00:00Z")
    tenth = NS_PER_S // 10
    step = data.draw(st.integers(2, 4), "tenths from frame to frame")
    length = data.draw(st.integers(1, 6), "tenths that a frame lasts")
    stopwatch = np.arange(data.draw(st.integers(-12, -5)), data.draw(st.integers(25, 40)), step)
    posix = leap + (stopwatch - 10 * (stopwatch >= 10)) * tenth
    covered = {tenth for start in stopwatch for tenth in range(start, start + length)}
    clock = Clock(length * tenth)
    for reading in range(2):
        cuts = sorted(data.draw(st.sets(st.integers(1, posix.size - 1), max_size=4)))
        parts = [clock.admit(numbered(part), part) for part in np.split(posix, cuts)]
        admitted = np.concatenate([part.admitted for part in parts])
        assert admitted.all() if reading == 0 else not admitted.any()
        if reading == 0:
            quality = np.concatenate([part.quality for part in parts])
            assert not quality.any()
            assert sum(int(part.covered_ns.sum()) for part in parts) == len(covered) * tenth


def test_a_run_may_start_within_a_leap_second_and_a_copy_there_is_one() -> None:
    leap = parse_iso("2017-01-01T00:00:00Z")
    clock = Clock(FRAME)
    first_pass = clock.admit(times(0, 1, 2), leap + times(0, 20, 20))
    assert first_pass.admitted.tolist() == [True, True, False]
    second_pass = clock.admit(times(3, 4), leap + times(0, 20))
    assert second_pass.admitted.all()
    assert not second_pass.quality.any()


def test_a_step_back_from_the_end_of_the_repeated_second_is_no_leap_second() -> None:
    leap = parse_iso("2017-01-01T00:00:00Z")
    stream = leap + times(NS_PER_S, NS_PER_S // 2)
    assert Clock(FRAME).admit(numbered(stream), stream).quality[1] == TIME_BACKWARDS.mask


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=1, max_size=20),
    st.sampled_from((0, FRAME)),
    st.sets(st.integers(1, 20)),
)
def test_an_event_is_new_once_however_the_clock_runs_and_the_batches_fall(
    events: list[tuple[int, int]], frame_ns: int, cuts: set[int]
) -> None:
    """A frame is known by its time alone, a triggered event by time and number."""
    clock = Clock(frame_ns)
    seen: set[tuple[int, int]] = set()
    expected = []
    for number, time in events:
        key = (0 if frame_ns else number, time)
        expected.append(key not in seen)
        seen.add(key)
    ids, stream = np.array(events, np.int64).T
    parts = zip(np.split(ids, sorted(cuts)), np.split(stream, sorted(cuts)), strict=True)
    found = np.concatenate([clock.admit(*part).admitted for part in parts])
    assert found.tolist() == expected


def test_what_is_remembered_is_bounded_and_holds_the_latest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A clock of whole seconds, whose batches all begin in the second of the one before."""
    monkeypatch.setattr("helioscope.core.events.clock.REMEMBERED", 64)
    clock = Clock(0)
    ids = np.arange(2000, dtype=np.int64)
    for part in np.split(ids, 400):
        assert clock.admit(part, part // 7).admitted.all()
        kept = ids[: part[-1] + 1][-48:]  # three quarters of 64
        assert not Clock.admit(copy.deepcopy(clock), kept, kept // 7).admitted.any()
        assert held(clock) <= 64


@given(st.lists(st.integers(0, 300), min_size=1, max_size=40), st.integers(1, 39))
def test_covered_time_is_never_negative_nor_more_than_the_frames_cover_together(
    starts: list[int], border: int
) -> None:
    stream = times(*starts)
    whole = Clock(FRAME).admit(numbered(stream), stream)
    assert (whole.covered_ns >= 0).all()
    union = Intervals.of([(start, start + FRAME) for start in starts]).duration_ns()
    assert whole.covered_ns.sum() <= union
    if (np.diff(stream) >= 0).all():
        assert whole.covered_ns.sum() == union
    clock = Clock(FRAME)
    parts = [
        clock.admit(numbered(part, first), part)
        for first, part in ((0, stream[:border]), (len(stream[:border]), stream[border:]))
    ]
    for name in ("admitted", "quality", "covered_ns"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert np.array_equal(joined, getattr(whole, name)), name
