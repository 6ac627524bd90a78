"""The live time of a run, shared out over its tags."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.core.events.tagging import Tagging
from helioscope.model.columns import batch_of, text_column
from helioscope.model.intervals import Intervals
from helioscope.model.products import LIVE_TIME
from helioscope.model.time import NS_PER_S


class LiveTime:
    """Adds up what the events of one run cover and cost, by tag.

    A framed detector's elapsed time is what its frames cover; a triggered one's is the span of
    the run. Live is elapsed less dead and never below zero.
    """

    def __init__(self, tagging: Tagging) -> None:
        self.tagging = tagging
        self._covered_ns = np.zeros(len(tagging.labels), np.int64)
        self._dead_s = np.zeros(len(tagging.labels), np.float64)
        self._first_ns: int | None = None
        self._last_ns: int | None = None

    def add(
        self,
        time_ns: NDArray[np.int64],
        covered_ns: NDArray[np.int64],
        dead_s: NDArray[np.float64],
    ) -> None:
        """Add a batch of events: int64 times and covered times, float64 dead seconds."""
        if not time_ns.size:
            return
        labels = self.tagging.labels_at(time_ns)
        np.add.at(self._covered_ns, labels, covered_ns)
        np.add.at(self._dead_s, labels, dead_s)
        first, last = int(time_ns.min()), int(time_ns.max())
        self._first_ns = first if self._first_ns is None else min(first, self._first_ns)
        self._last_ns = last if self._last_ns is None else max(last, self._last_ns)

    def rows(self, run: str, detector: str, span: Intervals | None) -> ak.Array:
        """Give the live-time table of the run.

        Parameters
        ----------
        span
            For a triggered detector the instants that the run covers; an empty set stands for
            the time from the first event to the last. None for a framed detector.
        """
        elapsed_ns = self._covered_ns
        if span is not None:
            if not len(span) and self._first_ns is not None and self._last_ns is not None:
                span = Intervals.of([(self._first_ns, self._last_ns)])
            elapsed_ns = self.tagging.duration_ns(span)
        elapsed_s = elapsed_ns / NS_PER_S
        live_s = np.clip(elapsed_s - self._dead_s, 0.0, None)
        tags = [tag for tag, _ in self.tagging.labels]
        reasons = [reason for _, reason in self.tagging.labels]
        kept = [i for i, tag in enumerate(tags) if elapsed_ns[i] > 0 or tag != "excluded"]
        rows = np.array(kept, np.int64)
        return batch_of(
            {
                "run": text_column([run], np.zeros(rows.size, np.int64)),
                "detector": text_column([detector], np.zeros(rows.size, np.int64)),
                "tag": text_column(tags, rows),
                "reason": text_column(reasons, rows),
                "live_s": live_s[rows],
                "elapsed_s": elapsed_s[rows],
                "dead_s": (elapsed_s - live_s)[rows],
            },
            LIVE_TIME,
        )
