"""The numba kernel of `trees`; a file of its own, so that numba is imported on use only."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

LANES = 8


@njit(nogil=True, cache=True, boundscheck=False)
def walk(
    rows: NDArray[np.float64],
    root: NDArray[np.int32],
    depth: NDArray[np.int32],
    feature: NDArray[np.int32],
    threshold: NDArray[np.float64],
    left: NDArray[np.int32],
    value: NDArray[np.float64],
    baseline: float,
    out: NDArray[np.float64],
) -> None:
    """Add the leaf values of every tree for every row; eight rows go side by side.

    Rows are independent, so that the processor overlaps their waits for memory; a row that
    has reached its leaf stays there, so that no branch has to be guessed.
    """
    count = rows.shape[0]
    for begin in range(0, count, 512):
        end = min(begin + 512, count)
        for row in range(begin, end):
            out[row] = baseline
        for tree in range(root.size):
            first, steps = root[tree], depth[tree]
            row = begin
            while row + LANES <= end:
                a = b = c = d = e = f = g = h = first
                for _ in range(steps):
                    a = left[a] + np.int32(rows[row, feature[a]] > threshold[a])
                    b = left[b] + np.int32(rows[row + 1, feature[b]] > threshold[b])
                    c = left[c] + np.int32(rows[row + 2, feature[c]] > threshold[c])
                    d = left[d] + np.int32(rows[row + 3, feature[d]] > threshold[d])
                    e = left[e] + np.int32(rows[row + 4, feature[e]] > threshold[e])
                    f = left[f] + np.int32(rows[row + 5, feature[f]] > threshold[f])
                    g = left[g] + np.int32(rows[row + 6, feature[g]] > threshold[g])
                    h = left[h] + np.int32(rows[row + 7, feature[h]] > threshold[h])
                out[row] += value[a]
                out[row + 1] += value[b]
                out[row + 2] += value[c]
                out[row + 3] += value[d]
                out[row + 4] += value[e]
                out[row + 5] += value[f]
                out[row + 6] += value[g]
                out[row + 7] += value[h]
                row += LANES
            while row < end:
                a = first
                for _ in range(steps):
                    a = left[a] + np.int32(rows[row, feature[a]] > threshold[a])
                out[row] += value[a]
                row += 1
