"""From flags on rows to stretches of rows and of time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope.model.intervals import Intervals


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """List the first and last number of each unbroken run of True."""
    padded = np.zeros(flags.size + 2, np.int8)
    padded[1:-1] = flags
    change = np.diff(padded)
    first, last = np.flatnonzero(change == 1), np.flatnonzero(change == -1) - 1
    return list(zip(first.tolist(), last.tolist(), strict=True))


def between_rows(time_ns: NDArray[np.int64], flags: NDArray[np.bool_]) -> Intervals:
    """Give the time from each flagged row to the next row.

    Parameters
    ----------
    time_ns
        int64 rising, one longer than the flags.
    """
    pairs = np.array(runs(flags), np.int64).reshape(-1, 2)
    return Intervals(time_ns[pairs[:, 0]], time_ns[pairs[:, 1] + 1])
