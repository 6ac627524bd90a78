"""Runs that overlap: what an earlier run of the same detector covers is excluded from a later."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.core.events.tagging import Tagging
from helioscope.core.jobs.workspace import UntimedRuns
from helioscope.core.runs.overlaps import tagging_of
from helioscope.io.parquet import ProductWriter
from helioscope.job.plan import Plan, PlannedRun
from helioscope.model.columns import batch_of
from helioscope.model.products import EVENTS
from helioscope.plugin import Run

Book = tuple[str, int | None, int | None]
instant = st.integers(0, 12)
book = st.tuples(st.sampled_from(("ccd", "tpc")), instant, instant).filter(lambda it: it[1] < it[2])


def reasons(out: Path, books: list[Book], asked: int, instants: range) -> list[str]:
    """Give for each instant why it is excluded from one of the runs; nothing where it is not."""
    runs = [
        PlannedRun(Run(f"r{i}", "data", start, stop), SimpleNamespace(name=name), (Path(f"f{i}"),))
        for i, (name, start, stop) in enumerate(books)
    ]
    plan = Plan("job", out, {}, tuple(runs), (), "background", max_batch_bytes=1, piece_bytes=1)
    workspace = SimpleNamespace(
        tagging=Tagging.of([], "background"),
        plan=plan,
        folder=lambda planned: out / planned.run.name,
        catalog=SimpleNamespace(products_of=lambda _: []),
        untimed=UntimedRuns(),
    )
    tagging = tagging_of(workspace, runs[asked])
    return [tagging.labels[i][1] for i in tagging.labels_at(np.array(instants))]


def write_events(path: Path, time_ns: list[int], covered_ns: int) -> None:
    count = len(time_ns)
    columns = {
        "event_id": np.arange(count),
        "time_ns": np.array(time_ns, np.int64),
        "covered_ns": np.full(count, covered_ns),
        "dead_s": np.zeros(count),
        "quality": np.zeros(count),
    }
    with ProductWriter(path / "events.parquet", EVENTS, {}) as writer:
        writer.write(batch_of(columns, EVENTS))


@given(st.lists(book, min_size=1, max_size=5), st.data())
def test_each_instant_counts_for_the_first_of_the_detectors_runs_that_covers_it(
    books: list[Book], data: st.DataObject
) -> None:
    asked = data.draw(st.integers(0, len(books) - 1))
    name, start, stop = books[asked]
    assert start is not None
    assert stop is not None
    found = reasons(Path("nowhere"), books, asked, range(start, stop))
    for time, reason in zip(range(start, stop), found, strict=True):
        before = [
            f"overlaps run r{i}"
            for i, (other, first, last) in enumerate(books[:asked])
            if other == name and first <= time < last
        ]
        assert reason == (before[0] if before else "")


def test_runs_that_only_touch_leave_the_tags_as_they_are(tmp_path: Path) -> None:
    books: list[Book] = [("ccd", 0, 10), ("ccd", 20, 30), ("ccd", 10, 20)]
    assert set(reasons(tmp_path, books, 2, range(-5, 35))) == {""}


@pytest.mark.parametrize(("covered_ns", "stop"), [(0, 26), (5, 30)])
def test_a_run_without_times_in_the_book_covers_its_events(
    tmp_path: Path, covered_ns: int, stop: int
) -> None:
    """A triggered event covers its instant, a frame all its length."""
    write_events(tmp_path / "r0", [15, 25, 20], covered_ns)
    for start_ns, stop_ns in ((None, None), (10, None), (None, 40)):
        books: list[Book] = [("ccd", start_ns, stop_ns), ("ccd", None, None)]
        found = reasons(tmp_path, books, 1, range(40))
        assert [t for t in range(40) if found[t]] == list(range(15, stop))


def test_a_run_without_times_and_without_events_covers_nothing(tmp_path: Path) -> None:
    write_events(tmp_path / "r0", [], 0)
    books: list[Book] = [("ccd", None, None), ("ccd", 3, None), ("ccd", 0, 9)]
    assert set(reasons(tmp_path, books, 2, range(9))) == {""}
