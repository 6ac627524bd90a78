"""The run book of a detector: which of its runs come before one and may overlap it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from helioscope.plugin import Run

#: Stand for the ends of time, where the book does not say when a run was.
_EVER, _OPEN = -(2**63), 2**63 - 1


@dataclass(frozen=True)
class RunBook:
    """The runs of one detector in their order, each name once, with their half-open spans."""

    runs: tuple[Run, ...]

    def may_overlap(self, run: Run) -> list[Run]:
        """List the runs before this one that may cover some of its time, in their order.

        Those are runs whose span overlaps its own, and all whose span the book does not give.
        A run that is not in the book has none before it.
        """
        at = self._places.get(run.name, 0)
        starts, stops = self._spans
        start = _EVER if run.start_ns is None else run.start_ns
        stop = _OPEN if run.stop_ns is None else run.stop_ns
        found = np.flatnonzero((starts[:at] < stop) & (stops[:at] > start))
        return [self.runs[index] for index in found.tolist()]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {run.name: at for at, run in enumerate(self.runs)}

    @cached_property
    def _spans(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        spans = [run.span_ns or (_EVER, _OPEN) for run in self.runs]
        starts, stops = np.array(spans, np.int64).reshape(-1, 2).T
        return starts, stops
