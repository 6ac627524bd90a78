"""Which versions of a calibration hold when: supersession, gaps, overlaps, neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from helioscope.catalog.rows import CalibrationRow, span
from helioscope.errors import UsageError

#: Stand for the ends of time, where a validity has none.
_EVER, _OPEN = -(2**63), 2**63 - 1


def start_of(row: CalibrationRow) -> int:
    """Give the start of a validity as a number that sorts."""
    return _EVER if row.start_ns is None else row.start_ns


def stop_of(row: CalibrationRow) -> int:
    """Give the stop of a validity as a number that sorts."""
    return _OPEN if row.stop_ns is None else row.stop_ns


def live(rows: Iterable[CalibrationRow]) -> list[CalibrationRow]:
    """Give the versions of one calibration that hold without a tag, in order of their start.

    A newer version with the same start supersedes the older, and so does one that was made
    from another by an explicit step. What was superseded once never comes back.
    """
    versions = sorted(rows, key=lambda row: row.version)
    replaced = {row.supersedes for row in versions}
    newest = {start_of(row): row for row in versions}
    return [newest[start] for start in sorted(newest) if newest[start].version not in replaced]


def overlaps(rows: Sequence[CalibrationRow]) -> list[tuple[CalibrationRow, CalibrationRow]]:
    """List the pairs that hold at once among versions in order of their start."""
    return [
        (first, second)
        for index, first in enumerate(rows)
        for second in rows[index + 1 :]
        if start_of(second) < stop_of(first)
    ]


def gaps(rows: Sequence[CalibrationRow], start: int, stop: int) -> list[tuple[int, int]]:
    """List the stretches of [start, stop) in which none of the ordered versions holds."""
    found, reached = [], start
    for row in rows:
        if start_of(row) >= stop:
            break
        if start_of(row) > reached:
            found.append((reached, start_of(row)))
        reached = max(reached, stop_of(row))
    if reached < stop:
        found.append((reached, stop))
    return found


def valid_for(
    rows: Sequence[CalibrationRow],
    start_ns: int | None,
    stop_ns: int | None,
    *,
    what: str,
    interpolated: bool = False,
) -> tuple[CalibrationRow, ...]:
    """Choose the versions that a run over [start_ns, stop_ns) takes, in order of their start.

    Parameters
    ----------
    rows
        The versions to choose from, in order of their start.
    start_ns, stop_ns
        The span of the run; None where it is not known. A run of length zero is an instant.
    interpolated
        Give the neighbours in time before and after the run as well. Without it exactly one
        version is given.

    Raises
    ------
    UsageError
        On a gap or an overlap within the run, or a change of version within a run that takes
        only one.
    """
    start = _EVER if start_ns is None else start_ns
    stop = _OPEN if stop_ns is None else max(stop_ns, start + 1)
    held = [row for row in rows if start_of(row) < stop and stop_of(row) > start]
    _refuse_overlaps(held, what)
    _refuse_gaps(rows, start, stop, what)
    if not interpolated:
        if len(held) > 1:
            raise UsageError(
                where=what,
                found="it changes within the run: " + _listed(held),
                expected=f"one version over {stretch(start, stop)}",
                remedy="split the run there, or close one of them with 'helioscope catalog close'",
            )
        return tuple(held)
    before = [row for row in rows if stop_of(row) <= start][-1:]
    after = [row for row in rows if start_of(row) >= stop][:1]
    return (*before, *held, *after)


def _refuse_overlaps(held: Sequence[CalibrationRow], what: str) -> None:
    for first, second in overlaps(held):
        stop = min(stop_of(first), stop_of(second))
        raise UsageError(
            where=what,
            found=f"versions overlap over {stretch(start_of(second), stop)}: "
            + _listed([first, second]),
            expected="one version at a time",
            remedy="close one of them with 'helioscope catalog close'",
        )


def _refuse_gaps(rows: Sequence[CalibrationRow], start: int, stop: int, what: str) -> None:
    missing = gaps(rows, start, stop)
    if missing:
        raise UsageError(
            where=what,
            found="no version holds over " + ", ".join(stretch(*gap) for gap in missing),
            expected=f"validity over {stretch(start, stop)}"
            + (f"; there are {_listed(rows)}" if rows else "; there is none at all"),
            remedy="make it with 'helioscope calibrate' from an earlier run (it holds from "
            "its first event on), or close the gap with 'helioscope catalog close'",
        )


def changes(rows: Sequence[CalibrationRow]) -> list[tuple[CalibrationRow, int]]:
    """Propose the stops that end every overlap: each version up to the start of the next.

    Returns
    -------
    list of (version, stop_ns)
        Only those whose stop moves.
    """
    return [
        (first, start_of(second))
        for first, second in pairwise(rows)
        if stop_of(first) > start_of(second)
    ]


def time_line(rows: Sequence[CalibrationRow]) -> list[str]:
    """Tell in words what holds when among versions in order of their start: a line a stretch."""
    edges = sorted({edge for row in rows for edge in (start_of(row), stop_of(row))})
    lines: list[tuple[str, int, int]] = []
    for start, stop in pairwise(edges):
        held = [row for row in rows if start_of(row) <= start and stop_of(row) >= stop]
        words = " and ".join(f"v{row.version}" for row in held)
        words = f"OVERLAP of {words}" if len(held) > 1 else words or "GAP"
        if lines and lines[-1][0] == words:
            lines[-1] = (words, lines[-1][1], stop)
        else:
            lines.append((words, start, stop))
    return [f"{stretch(start, stop)}  {words}" for words, start, stop in lines]


def _listed(rows: Sequence[CalibrationRow]) -> str:
    shown = ", ".join(f"v{row.version} {row.validity}" for row in rows[:6])
    return shown + (f" and {len(rows) - 6} more" if len(rows) > 6 else "")


def stretch(start: int, stop: int) -> str:
    """Write a stretch of time, whose ends may be those of all time."""
    return span(None if start == _EVER else start, None if stop == _OPEN else stop)
