"""Setting a log's clock right: steps back, repeated rows, rows of another day.

A time that the log gives twice is known to be wrong once, and nobody can say which: those
instants are set apart, and no instant is ever counted twice.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope.model.intervals import Intervals
from helioscope.model.time import NS_PER_S, iso
from helioscope.sun.pointing_log import PointingLog, PointingRows

#: A forward step of more than this starts a new stretch, which a later row may contradict.
STRAY_NS = 1300 * NS_PER_S


@dataclass(frozen=True)
class _Stretches:
    """Parts of the file in which the clock ran forwards: rows [first, last], times of both."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    start_ns: NDArray[np.int64]
    stop_ns: NDArray[np.int64]


def cleaned(rows: PointingRows) -> PointingLog:
    """Order the rows, count each instant once, and set apart what the clock contradicts.

    - Angles that are no numbers: the row goes.
    - The same row twice (time and angles): the second goes.
    - The clock steps back: what it then gives a second time is `bad_clock`.
    - Rows of another day between the others: out of turn, so their span is `bad_clock`.
    - Clocks of one row in contradiction (``clock_doubted``): the span up to its neighbours.
    """
    rows = _with_angles(rows)
    rising = not rows.time_ns.size or bool((rows.time_ns[1:] > rows.time_ns[:-1]).all())
    doubted = rows.clock_doubted is not None and bool(rows.clock_doubted.any())
    if rising and not doubted:
        return PointingLog(
            rows.time_ns, rows.horizontal_deg, rows.vertical_deg, rows.hindrance, notes=rows.notes
        )
    notes = list(rows.notes)
    kept = np.arange(rows.time_ns.size)
    bad = Intervals.of([])
    if doubted and rows.clock_doubted is not None:
        bad = _doubted_spans(rows)
        kept = kept[~rows.clock_doubted]
        notes.append(f"{int(rows.clock_doubted.sum())} rows whose two clocks disagree: left out")
    kept = _without_repeats(rows, kept, notes)
    kept, bad = _in_turn(rows, kept, bad, notes)
    return _ordered(rows, kept, bad, tuple(notes))


def _with_angles(rows: PointingRows) -> PointingRows:
    """Leave out rows whose angles are no numbers."""
    known = np.isfinite(rows.horizontal_deg) & np.isfinite(rows.vertical_deg)
    if known.all():
        return rows
    note = f"{int((~known).sum())} rows without angles: left out"
    return PointingRows(
        rows.time_ns[known],
        rows.horizontal_deg[known],
        rows.vertical_deg[known],
        None if rows.hindrance is None else rows.hindrance[known],
        None if rows.clock_doubted is None else rows.clock_doubted[known],
        (*rows.notes, note),
    )


def _doubted_spans(rows: PointingRows) -> Intervals:
    """From the last good row before a doubted one to the first good row after it."""
    assert rows.clock_doubted is not None  # noqa: S101
    good = np.flatnonzero(~rows.clock_doubted)
    doubted = np.flatnonzero(rows.clock_doubted)
    after = np.searchsorted(good, doubted)
    inner = (after > 0) & (after < good.size)
    start = rows.time_ns[good[after[inner] - 1]]
    return Intervals.joined(start, rows.time_ns[good[after[inner]]])


def _without_repeats(
    rows: PointingRows, kept: NDArray[np.int64], notes: list[str]
) -> NDArray[np.int64]:
    """Drop rows that stand in the log already, with the same time and the same angles."""
    order = np.lexsort(
        (kept, rows.vertical_deg[kept], rows.horizontal_deg[kept], rows.time_ns[kept])
    )
    ranked = kept[order]
    same = np.zeros(ranked.size, bool)
    same[1:] = (
        (np.diff(rows.time_ns[ranked]) == 0)
        & (np.diff(rows.horizontal_deg[ranked]) == 0)
        & (np.diff(rows.vertical_deg[ranked]) == 0)
    )
    if same.any():
        notes.append(f"{int(same.sum())} rows stand in the log twice: counted once")
    return np.sort(ranked[~same])


def _in_turn(
    rows: PointingRows, kept: NDArray[np.int64], bad: Intervals, notes: list[str]
) -> tuple[NDArray[np.int64], Intervals]:
    """Take out the stretches that stand out of turn; add overlaps to what is bad."""
    stretches = _stretches(rows.time_ns[kept])
    chain = _heaviest_chain(stretches)
    stray = np.setdiff1d(np.arange(stretches.first.size), chain)
    if stray.size:
        rows_out = int((stretches.last[stray] - stretches.first[stray] + 1).sum())
        first = iso(int(stretches.start_ns[stray[0]]))
        notes.append(f"{rows_out} rows of another day, the first at {first}: left out")
        bad = bad | Intervals.joined(stretches.start_ns[stray], stretches.stop_ns[stray])
    reach = np.maximum.accumulate(stretches.stop_ns[chain])
    back = stretches.start_ns[chain][1:]
    overlap = reach[:-1] >= back
    if overlap.any():
        stop = np.minimum(reach[:-1], stretches.stop_ns[chain][1:])[overlap]
        bad = bad | Intervals.joined(back[overlap], stop)
        seconds = (stop - back[overlap]).sum() / NS_PER_S
        first = iso(int(back[overlap][0]))
        notes.append(
            f"the clock stepped back {int(overlap.sum())} times, first to {first}: "
            f"{seconds:.1f} s that it gave twice are set apart"
        )
    inside = np.concatenate(
        [kept[stretches.first[i] : stretches.last[i] + 1] for i in chain] or [kept[:0]]
    )
    return inside, bad


def _stretches(times: NDArray[np.int64]) -> _Stretches:
    if not times.size:
        nothing = np.empty(0, np.int64)
        return _Stretches(nothing, nothing, nothing, nothing)
    step = np.diff(times)
    cuts = np.flatnonzero((step < 0) | (step > STRAY_NS))
    first = np.concatenate(([0], cuts + 1))
    last = np.concatenate((cuts, [times.size - 1]))
    return _Stretches(first, last, times[first], times[last])


def _heaviest_chain(stretches: _Stretches) -> NDArray[np.int64]:
    """Choose, in the order of the file, the stretches of rising start that hold most rows."""
    starts: list[int] = []
    weights: list[int] = []
    ends: list[int] = []
    before = np.full(stretches.first.size, -1, np.int64)
    counts = (stretches.last - stretches.first + 1).tolist()
    for i, start in enumerate(stretches.start_ns.tolist()):
        place = bisect_right(starts, start)
        weight = counts[i] + (weights[place - 1] if place else 0)
        before[i] = ends[place - 1] if place else -1
        later = place
        while later < len(starts) and weights[later] <= weight:
            later += 1
        starts[place:later], weights[place:later], ends[place:later] = [start], [weight], [i]
    chain: list[int] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(at)
        at = int(before[at])
    return np.array(chain[::-1], np.int64)


def _ordered(
    rows: PointingRows, kept: NDArray[np.int64], bad: Intervals, notes: tuple[str, ...]
) -> PointingLog:
    """Sort by time, one row an instant, none from a bad stretch, and mark the seams."""
    kept = kept[np.argsort(rows.time_ns[kept], kind="stable")]
    times = rows.time_ns[kept]
    once = np.ones(times.size, bool)
    once[1:] = np.diff(times) > 0
    if not once.all():
        notes = (*notes, f"{int((~once).sum())} rows repeat the time before: left out")
    # the row with which a bad stretch begins is good: it ends the good one before
    inside_bad = bad.contains(times) & bad.contains(times - 1)
    kept = kept[once & ~inside_bad]
    times = rows.time_ns[kept]
    spanned = bad & Intervals.joined(times[:-1], times[1:])
    seams = np.searchsorted(times, spanned.start_ns, "right") - 1
    return PointingLog(
        times,
        rows.horizontal_deg[kept],
        rows.vertical_deg[kept],
        None if rows.hindrance is None else rows.hindrance[kept],
        np.unique(seams).astype(np.int64),
        bad,
        notes,
    )
