"""Tags of time: which instants were tracking, which background, which are excluded and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope.model.intervals import Intervals

#: Where intervals overlap, the later one of this order wins: what is excluded stays excluded.
PRIORITY = ("background", "tracking", "excluded")

TaggedInterval = tuple[int, int, str, str]
Label = tuple[str, str]


@dataclass(frozen=True)
class Tagging:
    """Every instant's tag and reason.

    Attributes
    ----------
    edges_ns
        int64, ascending; between two edges the label does not change.
    label_of
        One index into ``labels`` for the time before the first edge and after each edge.
    labels
        The pairs (tag, reason) that occur; the first is that of uncovered time.
    """

    edges_ns: NDArray[np.int64]
    label_of: NDArray[np.int64]
    labels: tuple[Label, ...]

    @classmethod
    def of(cls, intervals: Sequence[TaggedInterval], untagged: str, reason: str = "") -> Tagging:
        """Build the tags from intervals that may overlap, [start, stop) each.

        Parameters
        ----------
        untagged, reason
            The label of time that no interval covers.
        """
        ordered = sorted(intervals, key=lambda interval: PRIORITY.index(interval[2]))
        labels: list[Label] = [(untagged, reason)]
        edges = np.unique(np.array([edge for item in ordered for edge in item[:2]], np.int64))
        label_of = np.zeros(edges.size + 1, np.int64)
        for start, stop, tag, why in ordered:
            if (tag, why) not in labels:
                labels.append((tag, why))
            first, last = np.searchsorted(edges, (start, stop))
            label_of[first + 1 : last + 1] = labels.index((tag, why))
        return cls(edges, label_of, tuple(labels))

    def excluding(self, start_ns: int, stop_ns: int, reason: str) -> Tagging:
        """Give the same tags with one more excluded stretch [start, stop).

        What is excluded for another reason keeps it.
        """
        edges = np.unique(np.concatenate((self.edges_ns, [start_ns, stop_ns]))).astype(np.int64)
        instants = np.concatenate(([edges[0] - 1], edges))
        label_of = self.labels_at(instants)
        labels = (*self.labels, ("excluded", reason))
        open_here = np.array([tag != "excluded" for tag, _ in self.labels])[label_of]
        inside = (instants >= start_ns) & (instants < stop_ns)
        return Tagging(edges, np.where(inside & open_here, len(self.labels), label_of), labels)

    def labels_at(self, time_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give for each instant the index of its label."""
        return self.label_of[np.searchsorted(self.edges_ns, time_ns, "right")]

    def tags_at(self, time_ns: NDArray[np.int64]) -> NDArray[np.str_]:
        """Give for each instant its tag."""
        tags = np.array([tag for tag, _ in self.labels])
        found: NDArray[np.str_] = tags[self.labels_at(time_ns)]
        return found

    def duration_ns(self, span: Intervals) -> NDArray[np.int64]:
        """Share a set of instants out over the labels; exact, leap seconds included."""
        shares = np.zeros(len(self.labels), np.int64)
        for start, stop in span.pairs():
            inner = self.edges_ns[(self.edges_ns > start) & (self.edges_ns < stop)]
            edges = np.concatenate(([start], inner, [stop]))
            for first, last, label in zip(
                edges[:-1], edges[1:], self.labels_at(edges[:-1]), strict=True
            ):
                shares[label] += Intervals.of([(int(first), int(last))]).duration_ns()
        return shares
