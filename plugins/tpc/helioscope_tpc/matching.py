"""Which cathode cluster belongs to which anode cluster."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.clusters import Clusters

_compiled = numba.njit(nogil=True, cache=True, error_model="numpy")

#: Squared distance beyond which a pair is none.
FARTHEST = 16.0
#: Both planes see the same avalanches: point-like charge agrees by so much better, in time and in
#: the log of the ratio, than the scales of the reach, which tracks need.
FINER_TIME, FINER_RATIO = 10.0, 4.0
#: Lead that the best pair must have in squared distance on the finer scales.
LEAD = 4.0


class Matches(NamedTuple):
    """Pairs of an anode and a cathode cluster, in order of the anodes.

    Attributes
    ----------
    anode
        int64: index of the anode cluster; every one appears.
    cathode
        int64: index of the cathode cluster, -1 where there is none.
    anode_part, cathode_part
        float64: the pair's part of the clusters' charges; 1 but for shared clusters.
    ambiguous, shared
        bool.
    """

    anode: NDArray[np.int64]
    cathode: NDArray[np.int64]
    anode_part: NDArray[np.float64]
    cathode_part: NDArray[np.float64]
    ambiguous: NDArray[np.bool_]
    shared: NDArray[np.bool_]


def match(
    anodes: Clusters,
    cathodes: Clusters,
    time_scale: float,
    ratio_expected: float,
    ratio_scale: float,
) -> Matches:
    """Pair anode and cathode clusters of each event, the nearest in time and charge first.

    The squared distance of a pair is (difference of the times / ``time_scale``)^2 +
    (log of the charge ratio over ``ratio_expected`` / ``ratio_scale``)^2; it says which pairs
    are within reach. Which of those is the nearest is asked on finer scales. A cluster is
    paired once. A pair is ambiguous where either partner had another within reach that is
    not clearly farther.

    Two photons side by side can share a cluster in one of the planes. So a cluster left over
    joins a pair of its time where that brings the pair's charge ratio nearer to the expected.
    """
    partner = np.full(len(anodes), -1, np.int64)
    ambiguous = np.zeros(len(anodes), np.bool_)
    taken = np.zeros(len(cathodes), np.bool_)
    _match(
        anodes.event, anodes.time, anodes.charge, cathodes.event, cathodes.time, cathodes.charge,
        time_scale, np.log(ratio_expected), ratio_scale, partner, ambiguous, taken,
    )  # fmt: skip
    extra = _shared_pairs(anodes, cathodes, partner, time_scale, np.log(ratio_expected))
    return _joined(anodes, cathodes, partner, ambiguous, extra)


def _shared_pairs(
    anodes: Clusters,
    cathodes: Clusters,
    partner: NDArray[np.int64],
    time_scale: float,
    log_ratio: float,
) -> NDArray[np.int64]:
    """Pair clusters left over with a cluster of a pair; int64 [pairs, anode and cathode]."""
    paired = np.flatnonzero(partner >= 0)
    mate = np.full(len(cathodes), -1, np.int64)
    mate[partner[paired]] = paired
    joined = np.zeros(len(anodes), np.bool_)
    anode_of = _share(
        anodes.event, anodes.time, anodes.charge, partner, joined, cathodes.event, cathodes.time,
        cathodes.charge, mate < 0, time_scale, log_ratio,
    )  # fmt: skip
    joined_cathode = (mate >= 0) & np.append(joined, False)[mate]
    cathode_of = _share(
        cathodes.event, cathodes.time, cathodes.charge, mate, joined_cathode, anodes.event,
        anodes.time, anodes.charge, partner < 0, time_scale, -log_ratio,
    )  # fmt: skip
    cathode, anode = np.flatnonzero(anode_of >= 0), np.flatnonzero(cathode_of >= 0)
    return np.concatenate(
        (
            np.stack((anode_of[cathode], cathode), axis=1),
            np.stack((anode, cathode_of[anode]), axis=1),
        )
    )


def _joined(
    anodes: Clusters,
    cathodes: Clusters,
    partner: NDArray[np.int64],
    ambiguous: NDArray[np.bool_],
    extra: NDArray[np.int64],
) -> Matches:
    """List the pairs, shared ones behind their first, with the part of each cluster's charge."""
    # An anode that found no cathode of its own, but a shared one, stands among the extra pairs.
    alone = ~((partner < 0) & np.isin(np.arange(len(partner)), extra[:, 0]))
    anode = np.concatenate((np.flatnonzero(alone), extra[:, 0]))
    cathode = np.concatenate((partner[alone], extra[:, 1]))
    order = np.lexsort((cathode, anode))
    anode, cathode = anode[order], cathode[order]
    matched = cathode >= 0
    anode_part, cathode_part = np.ones(len(anode)), np.ones(len(anode))
    other = np.where(matched, np.append(cathodes.charge, 0.0)[cathode], 0.0)
    total = np.bincount(anode, other, len(anodes.event))[anode]
    several = np.bincount(anode, minlength=len(anodes.event))[anode] > 1
    anode_part[several] = other[several] / total[several]
    charge = np.where(matched, anodes.charge[anode], 0.0)
    mine = np.where(matched, cathode, 0)
    whole = np.bincount(mine[matched], charge[matched], max(len(cathodes.event), 1))[mine]
    times = np.bincount(mine[matched], minlength=max(len(cathodes.event), 1))[mine]
    joint = matched & (times > 1)
    cathode_part[joint] = charge[joint] / whole[joint]
    return Matches(anode, cathode, anode_part, cathode_part, ambiguous[anode], several | joint)


@_compiled
def _share(
    event: NDArray[np.int64],
    time: NDArray[np.float64],
    charge: NDArray[np.float64],
    mate: NDArray[np.int64],
    joined: NDArray[np.bool_],
    guest_event: NDArray[np.int64],
    guest_time: NDArray[np.float64],
    guest_charge: NDArray[np.float64],
    free: NDArray[np.bool_],
    time_scale: float,
    log_ratio: float,
) -> NDArray[np.int64]:
    """Give clusters of one plane that are left over to those of the other that have a mate.

    ``mate`` is the partner of each host among the guests, -1 for none; ``joined`` marks hosts
    that take no further one. The answer is the host of each guest, -1 for none.
    """
    host = np.full(guest_event.size, -1)
    for guest in range(guest_event.size):
        best, at = 1e9, -1
        lo = np.searchsorted(event, guest_event[guest]) if free[guest] else event.size
        while lo < event.size and event[lo] == guest_event[guest]:
            near = abs(guest_time[guest] - time[lo]) < time_scale
            if mate[lo] >= 0 and not joined[lo] and near:
                own = guest_charge[mate[lo]]
                before = abs(np.log(own / charge[lo]) - log_ratio)
                after = abs(np.log((own + guest_charge[guest]) / charge[lo]) - log_ratio)
                if after < min(before, best):
                    best, at = after, lo
            lo += 1
        if at >= 0:
            host[guest] = at
            joined[at] = True
    return host


@_compiled
def _distance(
    time: float, charge: float, other_time: float, other_charge: float, time_scale: float,
    log_ratio: float, ratio_scale: float,
) -> float:  # fmt: skip
    if charge <= 0.0 or other_charge <= 0.0:
        return np.inf
    apart = (other_time - time) / time_scale
    unlike = (np.log(other_charge / charge) - log_ratio) / ratio_scale
    if apart * apart + unlike * unlike >= FARTHEST:
        return np.inf
    return float((FINER_TIME * apart) ** 2 + (FINER_RATIO * unlike) ** 2)


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
        best = np.inf
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
            near = distance[at_i, j] < best + LEAD
            ambiguous[lo + at_i] |= near and j != at_j
        for i in range(rows):
            near = distance[i, at_j] < best + LEAD
            ambiguous[lo + at_i] |= near and i != at_i
