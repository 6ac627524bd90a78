"""The shape of clusters along an axis and of events in time, compiled; and the tables' columns."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

#: Rows of an axis table, one column a strip.
POSITION, PEDESTAL, THRESHOLD, GAIN, DEAD, RANK = range(6)

#: Columns of `strips.Observed.axes` (x then y).
TOTAL, MEAN, CENTRE, SIGMA, SKEW, KURTOSIS, FRACTION = range(7)

#: Columns of `strips.Observed.times`.
TIME_MEAN, TIME_SIGMA, TIME_SKEW, TIME_KURTOSIS = range(4)

#: Bits of `strips.Observed.bits`.
NOT_FINITE, SATURATED, NEGATIVE, EDGE, BAD_NEIGHBOUR, AMBIGUOUS, UNMAPPED, MISMATCHED = (
    1 << bit for bit in range(8)
)
_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


@_compiled
def shape(
    strip: NDArray[np.int32],
    charge: NDArray[np.float64],
    hits: int,
    lo: int,
    hi: int,
    table: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Put charge and mean of all hits, and the shape of those of one cluster, lo to hi."""
    total, moment = 0.0, 0.0
    for i in range(hits):
        total += charge[i]
        moment += charge[i] * table[POSITION, strip[i]]
    out[TOTAL], out[MEAN] = total, moment / total
    weight, moment = 0.0, 0.0
    for i in range(lo, hi):
        weight += charge[i]
        moment += charge[i] * table[POSITION, strip[i]]
    centre = moment / weight
    m2, m3, m4 = 0.0, 0.0, 0.0
    for i in range(lo, hi):
        off = table[POSITION, strip[i]] - centre
        square = off * off
        m2 += charge[i] * square
        m3 += charge[i] * square * off
        m4 += charge[i] * square * square
    out[CENTRE], out[FRACTION] = centre, weight / total
    _moments(m2 / weight, m3 / weight, m4 / weight, out[SIGMA : KURTOSIS + 1])


@_compiled
def _moments(m2, m3, m4, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Put spread, skewness and excess kurtosis; all 0 where nothing spreads."""
    if m2 > 1e-12:
        out[0] = np.sqrt(m2)
        out[1] = m3 / (m2 * np.sqrt(m2))
        out[2] = m4 / (m2 * m2) - 3.0
    else:
        out[:3] = 0.0


@_compiled
def surroundings(low: int, high: int, table: NDArray[np.float64]) -> np.uint32:
    """Say whether a cluster touches the edge of its plane, or a dead strip in or beside it."""
    bad, strips = np.uint32(0), table.shape[1]
    if low == 0 or high == strips - 1:
        bad |= np.uint32(EDGE)
    for i in range(max(low - 1, 0), min(high + 2, strips)):
        if table[DEAD, i] != 0:
            bad |= np.uint32(BAD_NEIGHBOUR)
    return bad


@_compiled
def time_shape(
    nx: int,
    ny: int,
    charge: NDArray[np.float64],
    time: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Put mean, spread, skewness and excess kurtosis of the hits' times, weighted by charge."""
    weight, moment = 0.0, 0.0
    for axis, hits in enumerate((nx, ny)):
        for i in range(hits):
            weight += charge[axis, i]
            moment += charge[axis, i] * time[axis, i]
    if weight <= 0:
        out[:] = np.nan
        return
    mean = moment / weight
    m2, m3, m4 = 0.0, 0.0, 0.0
    for axis, hits in enumerate((nx, ny)):
        for i in range(hits):
            off = time[axis, i] - mean
            square = off * off
            m2 += charge[axis, i] * square
            m3 += charge[axis, i] * square * off
            m4 += charge[axis, i] * square * square
    out[TIME_MEAN] = mean
    _moments(m2 / weight, m3 / weight, m4 / weight, out[TIME_SIGMA:])
