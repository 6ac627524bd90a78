"""Which cathode cluster belongs to which anode cluster."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.clusters import Clusters

_compiled = numba.njit(nogil=True, cache=True, error_model="numpy")

#: Squared distance beyond which a pair is none, and lead that the best pair must have.
FARTHEST, LEAD = 16.0, 4.0


def match(
    anodes: Clusters,
    cathodes: Clusters,
    time_scale: float,
    ratio_expected: float,
    ratio_scale: float,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Pair anode and cathode clusters of each event, the nearest in time and charge first.

    The squared distance of a pair is (difference of the times / ``time_scale``)^2 +
    (log of the charge ratio over ``ratio_expected`` / ``ratio_scale``)^2. A cluster is
    paired once. A pair is ambiguous where either partner had another within reach that is
    not clearly farther.

    Returns
    -------
    partner
        int64: index into the cathode clusters, -1 where there is none.
    ambiguous
        bool.
    """
    partner = np.full(len(anodes), -1, np.int64)
    ambiguous = np.zeros(len(anodes), np.bool_)
    taken = np.zeros(len(cathodes), np.bool_)
    _match(
        anodes.event, anodes.time, anodes.charge, cathodes.event, cathodes.time, cathodes.charge,
        time_scale, np.log(ratio_expected), ratio_scale, partner, ambiguous, taken,
    )  # fmt: skip
    return partner, ambiguous


@_compiled
def _distance(
    time: float, charge: float, other_time: float, other_charge: float, time_scale: float,
    log_ratio: float, ratio_scale: float,
) -> float:  # fmt: skip
    if charge <= 0.0 or other_charge <= 0.0:
        return np.inf
    apart = (other_time - time) / time_scale
    unlike = (np.log(other_charge / charge) - log_ratio) / ratio_scale
    return float(apart * apart + unlike * unlike)


@_compiled
def _match(
    event: NDArray[np.int64],
    time: NDArray[np.float64],
    charge: NDArray[np.float64],
    other_event: NDArray[np.int64],
    other_time: NDArray[np.float64],
    other_charge: NDArray[np.float64],
    time_scale: float,
    log_ratio: float,
    ratio_scale: float,
    partner: NDArray[np.int64],
    ambiguous: NDArray[np.bool_],
    taken: NDArray[np.bool_],
) -> None:
    lo = other = 0
    while lo < event.size:
        hi = lo
        while hi < event.size and event[hi] == event[lo]:
            hi += 1
        while other < other_event.size and other_event[other] < event[lo]:
            other += 1
        end = other
        while end < other_event.size and other_event[end] == event[lo]:
            end += 1
        if end > other:
            distance = np.empty((hi - lo, end - other))
            for i in range(hi - lo):
                for j in range(end - other):
                    distance[i, j] = _distance(
                        time[lo + i], charge[lo + i], other_time[other + j],
                        other_charge[other + j], time_scale, log_ratio, ratio_scale,
                    )  # fmt: skip
            _pair(distance, lo, other, partner, ambiguous, taken)
        lo = hi


@_compiled
def _pair(
    distance: NDArray[np.float64],
    lo: int,
    other: int,
    partner: NDArray[np.int64],
    ambiguous: NDArray[np.bool_],
    taken: NDArray[np.bool_],
) -> None:
    rows, columns = distance.shape
    for _ in range(min(rows, columns)):
        best = FARTHEST
        at_i = at_j = -1
        for i in range(rows):
            for j in range(columns):
                if partner[lo + i] < 0 and not taken[other + j] and distance[i, j] < best:
                    best, at_i, at_j = distance[i, j], i, j
        if at_i < 0:
            break
        partner[lo + at_i] = other + at_j
        taken[other + at_j] = True
        for j in range(columns):
            near = distance[at_i, j] < min(best + LEAD, FARTHEST)
            ambiguous[lo + at_i] |= near and j != at_j
        for i in range(rows):
            near = distance[i, at_j] < min(best + LEAD, FARTHEST)
            ambiguous[lo + at_i] |= near and i != at_i
