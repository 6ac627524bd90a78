"""Which versions hold when, against sets of instants, which share no code with the intervals."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.catalog import validity
from helioscope.catalog.rows import CalibrationRow
from helioscope.errors import UsageError

#: Instants on both sides of all edges that the tests draw.
INSTANTS = range(-3, 13)
edge = st.integers(0, 10) | st.none()
#: The catalogue takes no validity that ends before it begins.
span = st.tuples(edge, edge).filter(lambda it: None in it or it[0] < it[1])
#: Versions one after the other without a gap, as calibrations of every run make them, or any.
one_by_one = st.sets(st.integers(0, 10), max_size=4).map(
    lambda edges: list(pairwise([None, *sorted(edges), None]))
)
spans = st.lists(span, max_size=5) | one_by_one


def row(
    version: int, start: int | None, stop: int | None, supersedes: int | None = None
) -> CalibrationRow:
    content = ("a" * 64, Path("v"), "gain 1", "", (), 0)
    return CalibrationRow("ccd", "gain", version, start, stop, *content, supersedes)


def ordered(drawn: list[tuple[int | None, int | None]]) -> list[CalibrationRow]:
    rows = [row(i, start, stop) for i, (start, stop) in enumerate(drawn, 1)]
    return sorted(rows, key=lambda one: -(2**63) if one.start_ns is None else one.start_ns)


def holds(one: CalibrationRow, instant: int) -> bool:
    begun = one.start_ns is None or one.start_ns <= instant
    return begun and (one.stop_ns is None or instant < one.stop_ns)


@given(spans, st.integers(0, 10), st.integers(1, 8))
def test_gaps_are_the_instants_at_which_nothing_holds(
    drawn: list[tuple[int | None, int | None]], start: int, length: int
) -> None:
    rows = ordered(drawn)
    found = validity.gaps(rows, start, start + length)
    assert all(first < last for first, last in found)
    missing = [t for first, last in found for t in range(first, last)]
    asked = range(start, start + length)
    assert missing == [t for t in asked if not any(holds(one, t) for one in rows)]


@given(spans)
def test_an_overlap_is_a_pair_that_shares_an_instant(
    drawn: list[tuple[int | None, int | None]],
) -> None:
    rows = ordered(drawn)
    shared = [
        (one.version, other.version)
        for i, one in enumerate(rows)
        for other in rows[i + 1 :]
        if any(holds(one, t) and holds(other, t) for t in INSTANTS)
    ]
    found = [(one.version, other.version) for one, other in validity.overlaps(rows)]
    assert found == shared


@given(spans, edge, edge, st.booleans())
def test_a_run_takes_what_holds_at_each_of_its_instants_or_is_refused(
    drawn: list[tuple[int | None, int | None]],
    start: int | None,
    stop: int | None,
    interpolated: bool,
) -> None:
    rows = ordered(drawn)
    run = row(0, start, stop)
    if start is not None and stop is not None and stop <= start:  # a run of no length: an instant
        run = row(0, start, start + 1)
    at = [[one for one in rows if holds(one, t)] for t in INSTANTS if holds(run, t)]
    changes = len({one.version for held in at for one in held}) > 1
    good = all(len(held) == 1 for held in at) and (interpolated or not changes)
    if not good:
        with pytest.raises(UsageError) as fault:
            validity.valid_for(rows, start, stop, what="gain of ccd", interpolated=interpolated)
        assert fault.value.where == "gain of ccd"
        return
    taken = validity.valid_for(rows, start, stop, what="gain of ccd", interpolated=interpolated)
    held = [one for one in rows if any(one in some for some in at)]
    ended = [one for one in rows if one.stop_ns is not None and start is not None]
    before = [one for one in ended if one.stop_ns <= start]  # type: ignore[operator]
    begun = [one for one in rows if one.start_ns is not None and run.stop_ns is not None]
    after = [one for one in begun if one.start_ns >= run.stop_ns]  # type: ignore[operator]
    neighbours = (before[-1:], after[:1]) if interpolated else ([], [])
    assert list(taken) == [*neighbours[0], *held, *neighbours[1]]


def test_without_a_word_a_run_takes_no_neighbours() -> None:
    rows = [row(1, None, 5), row(2, 5, None)]
    assert validity.valid_for(rows, 1, 3, what="gain") == (rows[0],)


def test_an_overlap_is_told_with_the_stretch_that_both_hold() -> None:
    second = 10**9
    with pytest.raises(UsageError) as fault:
        validity.valid_for(
            [row(1, None, 8 * second), row(2, 3 * second, 5 * second)], 0, 9 * second, what="gain"
        )
    assert "overlap over [1970-01-01T00:00:03Z, 1970-01-01T00:00:05Z)" in fault.value.found


@pytest.mark.parametrize(("count", "more"), [(6, ""), (7, " and 1 more"), (9, " and 3 more")])
def test_of_many_versions_six_are_named(count: int, more: str) -> None:
    rows = [row(i, 10 * i, 10 * i + 1) for i in range(1, count + 1)]
    with pytest.raises(UsageError) as fault:
        validity.valid_for(rows, 500, 501, what="gain")
    told = fault.value.expected.partition("there are ")[2]
    assert told.endswith(more)
    assert [f"v{i} " in told for i in range(1, count + 1)] == [i <= 6 for i in range(1, count + 1)]
    assert ("more" in told) == bool(more)


def test_what_was_superseded_does_not_come_back_when_its_successor_moves() -> None:
    """v2 takes the place of v1; v3 is v2 with a later start. v1 stays superseded."""
    versions = [row(3, 5, None, supersedes=2), row(2, 0, None), row(1, 0, None)]
    assert [one.version for one in validity.live(versions)] == [3]


@given(st.permutations([row(1, 4, 9), row(2, 0, 9), row(4, 0, 4, supersedes=2), row(3, 4, 8)]))
def test_the_newest_version_of_each_start_holds_in_whatever_order_they_come(
    versions: list[CalibrationRow],
) -> None:
    assert [one.version for one in validity.live(versions)] == [4, 3]


@given(spans)
def test_the_proposed_stops_end_every_overlap_and_open_no_gap(
    drawn: list[tuple[int | None, int | None]],
) -> None:
    starts = dict(drawn)
    rows = ordered(list(starts.items()))
    stops = {one.version: stop for one, stop in validity.changes(rows)}
    closed = [row(one.version, one.start_ns, stops.get(one.version, one.stop_ns)) for one in rows]
    assert validity.overlaps(closed) == []
    assert all(stops[one.version] != one.stop_ns for one in rows if one.version in stops)
    for t in INSTANTS:
        assert not any(holds(one, t) for one in closed) or any(holds(one, t) for one in rows)
        latest = [one for one in rows if one.start_ns is None or one.start_ns <= t][-1:]
        if any(holds(one, t) for one in latest):
            assert any(holds(one, t) for one in closed)


def test_the_time_line_joins_stretches_of_the_same_and_names_gap_and_overlap() -> None:
    second = 10**9
    rows = [row(1, None, 4 * second), row(2, 2 * second, 6 * second), row(3, 8 * second, None)]
    rows[-1:] = [row(3, 8 * second, 9 * second), row(3, 9 * second, None)]
    day = "1970-01-01T00:00:0"
    assert validity.time_line(rows) == [
        f"[ever, {day}2Z)  v1",
        f"[{day}2Z, {day}4Z)  OVERLAP of v1 and v2",
        f"[{day}4Z, {day}6Z)  v2",
        f"[{day}6Z, {day}8Z)  GAP",
        f"[{day}8Z, open)  v3",
    ]
