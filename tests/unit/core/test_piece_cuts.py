"""Where a run is cut into pieces, and what a piece knows of those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helioscope.core.events.raw import Position, RawRun
from helioscope.core.runs.pieces.cuts import cut
from helioscope.errors import InputError
from helioscope.model.products import OBSERVABLES, RAW
from helioscope.plugin import Detector, Mark, Settings, Source, SourceRequest, even_marks

#: Bytes of a batch of ten events in the files of these tests.
BATCH = 100


def run_of(folder: Path, sizes: Mapping[str, int], silent: Sequence[str] = ()) -> RawRun:
    """A run of files whose source tells their batches, but for some."""
    for name, size in sizes.items():
        (folder / name).write_bytes(bytes(size))

    def marks(request: SourceRequest, apart: int) -> list[Mark]:
        if request.path.name == "bad":
            raise InputError(where="bad", found="damage")
        events = request.path.stat().st_size // 10
        return [] if request.path.name in silent else even_marks(events, 10, apart // BATCH)

    source = Source("blocks", lambda _: True, lambda _: iter(()), marks=marks)
    detector = Detector("any", 1, Settings, lambda _: RAW, OBSERVABLES, lambda _: None)  # type: ignore[arg-type,return-value]
    entry: Any = SimpleNamespace(detector=detector, config=Settings())
    files = tuple(folder / name for name in sizes)
    planned: Any = SimpleNamespace(files=files, source={}, detector=entry)
    return RawRun(planned, {"blocks": source}, 2**20)


def starts(run: RawRun, apart: int) -> list[tuple[int, int, int, int]]:
    """Give file, batch in the file, events and batches before it of each piece."""
    return [
        (p.start.file, p.start.mark.batch, p.start.events, p.start.batches) for p in cut(run, apart)
    ]


def test_a_short_run_is_one_piece_without_a_look_into_its_files(tmp_path: Path) -> None:
    (piece,) = cut(run_of(tmp_path, {"bad": 400, "b": 600}), 1000)
    assert (piece.number, piece.of, piece.start, piece.stop) == (0, 1, Position(), None)


def test_a_long_file_is_cut_at_borders_of_batches(tmp_path: Path) -> None:
    run = run_of(tmp_path, {"a": 1050})
    assert starts(run, 499) == [(0, 0, 0, 0), (0, 4, 40, 4), (0, 8, 80, 8)]
    pieces = cut(run, 499)
    assert [piece.stop for piece in pieces] == [pieces[1].start, pieces[2].start, None]
    assert [piece.events for piece in pieces] == [40, 40, None]
    assert len(starts(run, 1)) == 11


def test_short_files_are_gathered_and_long_ones_begin_where_the_gathering_is_full(
    tmp_path: Path,
) -> None:
    run = run_of(tmp_path, {"a": 200, "b": 350, "c": 300, "d": 1000, "e": 100})
    assert starts(run, 500) == [(0, 0, 0, 0), (2, 0, 55, 6), (3, 5, 135, 14), (4, 0, 185, 19)]


def test_behind_a_file_that_does_not_tell_nothing_is_announced(tmp_path: Path) -> None:
    sizes = {"a": 600, "bad": 600, "c": 900}
    pieces = cut(run_of(tmp_path, sizes), 500)
    assert [(p.start.file, p.start.mark.batch, p.announced) for p in pieces] == [
        (0, 0, True), (0, 5, True), (2, 0, False), (2, 5, False),
    ]  # fmt: skip
    silent = cut(run_of(tmp_path, sizes, silent=("a",)), 500)
    assert [p.announced for p in silent if p.start.file] == [False] * 3


@pytest.mark.parametrize("events", [40, 33])
def test_a_piece_begins_with_what_was_really_read(tmp_path: Path, events: int) -> None:
    _, second, third = cut(run_of(tmp_path, {"a": 1050}), 499)
    reached = Position(0, Mark(4, events), events, 4)
    assert second.begins_at(reached).events == events
    assert not second.begins_at(reached).dropped
    bad = Position(0, Mark(4, events), events, 4, dropped=True)
    assert second.begins_at(bad).dropped
    assert third.begins_at(bad).dropped


def test_the_next_file_is_read_where_the_rest_of_one_is_dropped(tmp_path: Path) -> None:
    _, behind = cut(run_of(tmp_path, {"a": 500, "b": 400}), 500)
    assert behind.start.file == 1
    assert not behind.begins_at(Position(1, Mark(), 20, 2, dropped=True)).dropped
