"""An exact algebra of half-open intervals in integer nanoseconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope.model.time import elapsed_ns


@dataclass(frozen=True)
class Intervals:
    """A set of instants as sorted, disjoint, non-touching half-open intervals [start, stop).

    Make one with `of`; every operation gives a set of the same form.

    Attributes
    ----------
    start_ns, stop_ns
        int64 arrays of one length.
    """

    start_ns: NDArray[np.int64]
    stop_ns: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> Intervals:
        """Build the set from any pairs (start, stop); empty and reversed ones hold no instant."""
        table = np.array(list(pairs), np.int64).reshape(-1, 2)
        return cls.joined(table[:, 0], table[:, 1])

    @classmethod
    def joined(cls, start_ns: NDArray[np.int64], stop_ns: NDArray[np.int64]) -> Intervals:
        """Build the set from two columns, in any order and overlapping as they may."""
        start, stop = np.asarray(start_ns, np.int64), np.asarray(stop_ns, np.int64)
        kept = stop > start
        order = np.argsort(start[kept], kind="stable")
        start, stop = start[kept][order], stop[kept][order]
        if not start.size:
            return cls(start, stop)
        reach = np.maximum.accumulate(stop)
        first = np.concatenate(([True], start[1:] > reach[:-1]))
        last = np.concatenate((first[1:], [True]))
        return cls(start[first], reach[last])

    def __len__(self) -> int:
        return int(self.start_ns.size)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Intervals)
            and np.array_equal(self.start_ns, other.start_ns)
            and np.array_equal(self.stop_ns, other.stop_ns)
        )

    __hash__ = None  # type: ignore[assignment]

    def __or__(self, other: Intervals) -> Intervals:
        """Give the instants in either."""
        return Intervals.joined(
            np.concatenate((self.start_ns, other.start_ns)),
            np.concatenate((self.stop_ns, other.stop_ns)),
        )

    def __and__(self, other: Intervals) -> Intervals:
        """Give the instants in both."""
        edges = np.unique(np.concatenate([*self._edges(), *other._edges()]))
        inside = self.contains(edges[:-1]) & other.contains(edges[:-1])
        return Intervals.joined(edges[:-1][inside], edges[1:][inside])

    def __sub__(self, other: Intervals) -> Intervals:
        """Give the instants in this one that are not in the other."""
        edges = np.unique(np.concatenate([*self._edges(), *other._edges()]))
        inside = self.contains(edges[:-1]) & ~other.contains(edges[:-1])
        return Intervals.joined(edges[:-1][inside], edges[1:][inside])

    def clipped(self, start_ns: int, stop_ns: int) -> Intervals:
        """Give the part within [start, stop)."""
        return self & Intervals.of([(start_ns, stop_ns)])

    def contains(self, time_ns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say for each instant whether it lies inside."""
        times = np.asarray(time_ns, np.int64)
        if not len(self):
            return np.zeros(times.shape, bool)
        before = np.searchsorted(self.start_ns, times, "right") - 1
        inside: NDArray[np.bool_] = (before >= 0) & (times < self.stop_ns[np.maximum(before, 0)])
        return inside

    def duration_ns(self) -> int:
        """Give the whole duration, exact across leap seconds."""
        return int(elapsed_ns(self.start_ns, self.stop_ns).sum())

    def pairs(self) -> list[tuple[int, int]]:
        """List the intervals as plain pairs."""
        return list(zip(self.start_ns.tolist(), self.stop_ns.tolist(), strict=True))

    def _edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return self.start_ns, self.stop_ns
