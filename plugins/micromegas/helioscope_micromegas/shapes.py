"""The shape of clusters along an axis and of events in time, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope_micromegas.compiled import kernel
from helioscope_micromegas.strip_columns import (
    BAD_NEIGHBOUR,
    DEAD,
    EDGE,
    TIME_KURTOSIS,
    TIME_MEAN,
    TIME_SIGMA,
    TIME_SKEW,
)


@kernel
def central(mean: float, second: float, third: float, fourth: float) -> tuple[float, float, float]:
    """Turn moments about any origin into central moments of order 2, 3 and 4."""
    square = mean * mean
    m2 = second - square
    m3 = third - 3.0 * mean * second + 2.0 * mean * square
    m4 = fourth - 4.0 * mean * third + 6.0 * square * second - 3.0 * square * square
    return m2, m3, m4


@kernel
def standard(m2: float, m3: float, m4: float) -> tuple[float, float, float]:
    """Give spread, skewness and excess kurtosis; all 0 where nothing spreads."""
    if m2 <= 1e-9:
        return 0.0, 0.0, 0.0
    spread = np.sqrt(m2)
    return spread, m3 / (m2 * spread), m4 / (m2 * m2) - 3.0


@kernel
def surroundings(low: int, high: int, table: NDArray[np.float64]) -> np.uint32:
    """Say whether a cluster touches the edge of its plane, or a dead strip in or beside it."""
    bad, strips = np.uint32(0), table.shape[1]
    if low == 0 or high == strips - 1:
        bad |= np.uint32(EDGE)
    for i in range(max(low - 1, 0), min(high + 2, strips)):
        if table[DEAD, i] != 0:
            bad |= np.uint32(BAD_NEIGHBOUR)
    return bad


@kernel
def time_shape(
    event: int,
    nx: int,
    ny: int,
    x_charge: NDArray[np.float64],
    y_charge: NDArray[np.float64],
    x_time: NDArray[np.float64],
    y_time: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Put mean, spread, skewness and excess kurtosis of the hits' times, weighted by charge."""
    if nx + ny == 0:
        for column in range(4):
            out[event, column] = np.nan
        return
    origin = x_time[0] if nx else y_time[0]
    q, q1, q2, q3, q4 = _time_sums(nx, x_charge, x_time, origin)
    p, p1, p2, p3, p4 = _time_sums(ny, y_charge, y_time, origin)
    scale = 1.0 / (q + p)
    mean = (q1 + p1) * scale
    m2, m3, m4 = central(mean, (q2 + p2) * scale, (q3 + p3) * scale, (q4 + p4) * scale)
    out[event, TIME_MEAN] = origin + mean
    spread, skew, kurtosis = standard(m2, m3, m4)
    out[event, TIME_SIGMA], out[event, TIME_SKEW] = spread, skew
    out[event, TIME_KURTOSIS] = kurtosis


@kernel
def _time_sums(hits, charge, time, origin):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    q, q1, q2, q3, q4 = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(hits):
        off = time[i] - origin
        weighted = charge[i] * off
        q += charge[i]
        q1 += weighted
        q2 += weighted * off
        q3 += weighted * off * off
        q4 += weighted * off * off * off
    return q, q1, q2, q3, q4
