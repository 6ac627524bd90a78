"""Good-time intervals whose sum is the live time: what was covered less what was dead.

Dead time is known per event as a duration. It is taken out at the end of the frame that it
belongs to, or right behind the event of a triggered detector; what does not fit there (several
events at once) follows as soon as there is time. So no second is taken out twice, and the sum of
the intervals is the live time exactly. Times are TT, in which a difference is a duration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.io.fits_times import utc_to_tt
from helioscope.model.intervals import Intervals

Times = NDArray[np.int64]

#: The dead time behind a triggered event begins so late that the event itself is good.
_BEHIND_NS = 1_000

_NS_PER_S = 1e9


@dataclass(frozen=True)
class Tags:
    """The tags of a run as its lineage keeps them.

    Attributes
    ----------
    edges_ns
        int64, ascending.
    tags
        The tag before the first edge and after each one.
    """

    edges_ns: Times
    tags: tuple[str, ...]

    @classmethod
    def of_lineage(cls, settings: Mapping[str, Any]) -> Tags:
        """Take them from the settings in the lineage of a live-time table."""
        plain = settings["tags"]
        return cls(np.array(plain["edges_ns"], np.int64), tuple(tag for tag, _ in plain["labels"]))

    def at(self, time_ns: Times, tag: str) -> NDArray[np.bool_]:
        """Say which instants carry the tag."""
        carries = np.array([one == tag for one in self.tags])
        held: NDArray[np.bool_] = carries[np.searchsorted(self.edges_ns, time_ns, "right")]
        return held

    def within(self, start_ns: int, stop_ns: int, tag: str) -> Intervals:
        """Give the part of [start, stop) that carries the tag."""
        inner = self.edges_ns[(self.edges_ns > start_ns) & (self.edges_ns < stop_ns)]
        edges = np.concatenate(([start_ns], inner, [stop_ns])).astype(np.int64)
        held = self.at(edges[:-1], tag)
        return Intervals.joined(edges[:-1][held], edges[1:][held])


def framed(time_ns: Times, covered_ns: Times, dead_s: NDArray[np.float64]) -> tuple[Times, Times]:
    """Give the good times of a detector read out in frames.

    Parameters
    ----------
    time_ns, covered_ns
        Start of each frame, POSIX UTC, and the time that it alone covers.
    dead_s
        Live time that each frame costs.

    Returns
    -------
    start, stop
        int64 ns since 1970-01-01 TT, ascending and disjoint.
    """
    order = np.argsort(time_ns, kind="stable")
    start, length = utc_to_tt(time_ns[order]), covered_ns[order]
    dead = _whole_ns(dead_s[order])
    end = np.cumsum(length)
    return _without(start, length, end - np.minimum(dead, length), dead)


def triggered(
    segments: Intervals, time_ns: Times, dead_s: NDArray[np.float64]
) -> tuple[Times, Times]:
    """Give the good times of a triggered detector.

    Parameters
    ----------
    segments
        What the run covers with the tag in question, POSIX UTC.
    time_ns, dead_s
        Of the events that carry the tag, and the live time that each costs.

    Returns
    -------
    start, stop
        As `framed`.
    """
    start, stop = utc_to_tt(segments.start_ns), utc_to_tt(segments.stop_ns)
    if not start.size:
        return start, stop
    order = np.argsort(time_ns, kind="stable")
    times, dead = utc_to_tt(time_ns[order]), _whole_ns(dead_s[order])
    length = stop - start
    segment = np.clip(np.searchsorted(start, times, "right") - 1, 0, None)
    before = np.concatenate(([0], np.cumsum(length)[:-1]))
    into = np.clip(times - start[segment], 0, length[segment])
    return _without(start, length, before[segment] + into + _BEHIND_NS, dead)


def shortened_list(
    time_ns: Times, covered_ns: Times, dead_s: NDArray[np.float64]
) -> tuple[Times, Times, NDArray[np.float64]]:
    """Give fewer events that make the same good times, for a run that is too long to hold.

    Frames that follow one another without dead time become one; triggered events without dead
    time are left out.

    Parameters
    ----------
    time_ns, covered_ns, dead_s
        Of consecutive events, as `framed` and `triggered` take them.
    """
    counting = (covered_ns > 0) | (dead_s > 0)
    time_ns, covered_ns, dead_s = time_ns[counting], covered_ns[counting], dead_s[counting]
    start = utc_to_tt(time_ns)
    follows = (start[1:] == start[:-1] + covered_ns[:-1]) & (covered_ns[1:] > 0)
    # Dead time that its own frame cannot hold would begin elsewhere in a longer one.
    follows &= (dead_s[:-1] == 0) & (_NS_PER_S * dead_s[1:] <= covered_ns[1:])
    first = np.flatnonzero(np.concatenate((np.ones(min(start.size, 1), bool), ~follows)))
    last = np.concatenate((first[1:], [start.size]))[: first.size] - 1
    length = np.add.reduceat(covered_ns, first) if first.size else covered_ns
    return time_ns[first], length, dead_s[last]


def _whole_ns(dead_s: NDArray[np.float64]) -> Times:
    """Round durations to ns so that their sum is rounded only once."""
    until = np.rint(np.cumsum(dead_s) * 1e9).astype(np.int64)
    before = np.concatenate((np.zeros(1, np.int64), until))[:-1]
    whole: Times = until - before
    return whole


def _without(start: Times, length: Times, wanted: Times, dead: Times) -> tuple[Times, Times]:
    """Take dead times out of stretches that are laid one behind the other.

    ``wanted`` is where, along them, each dead time should begin; it begins there or, where the
    one before still lasts, behind that.
    """
    total = int(length.sum())
    taken, wanted = dead[dead > 0], wanted[dead > 0]
    behind = np.cumsum(taken)
    last = np.maximum.accumulate(wanted - (behind - taken)) + behind if taken.size else behind
    first = last - taken
    kept_first = np.concatenate(([0], np.minimum(last, total)))
    kept_last = np.concatenate((np.minimum(first, total), [total]))
    overhang = np.maximum(last, total) - np.maximum(first, total)
    kept_last = _shortened(kept_first, kept_last, int(overhang.sum()))
    return _placed(start, length, kept_first, kept_last)


def _shortened(first: Times, last: Times, overhang: int) -> Times:
    """Take what hangs over the end off the last stretches that are kept."""
    if overhang <= 0:
        return last
    kept = last - first
    left = np.clip(np.cumsum(kept[::-1]) - overhang, 0, None)[::-1]
    shortened: Times = first + np.minimum(kept, left)
    return shortened


def _placed(start: Times, length: Times, first: Times, last: Times) -> tuple[Times, Times]:
    """Find stretches along the line again in time, cut at the borders, joined where they touch."""
    borders = np.concatenate(([0], np.cumsum(length)))
    edges = np.unique(np.concatenate((borders, first, last)))
    edges = edges[(edges >= 0) & (edges <= borders[-1])]
    lower, upper = edges[:-1], edges[1:]
    real = last > first
    first, last = first[real], last[real]
    place = np.searchsorted(first, lower, "right") - 1
    held = (place >= 0) & (lower < last[np.maximum(place, 0)]) if first.size else lower < 0
    lower, upper = lower[held], upper[held]
    segment = np.searchsorted(borders, lower, "right") - 1
    shift = start[segment] - borders[segment] if lower.size else lower
    joined = Intervals.joined(lower + shift, upper + shift)
    return joined.start_ns, joined.stop_ns
