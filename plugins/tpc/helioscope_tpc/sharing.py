"""Where two photons lie that share a cluster in one of the planes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.clusters import Clusters

Real = NDArray[np.float64]
Whole = NDArray[np.int64]

#: Standard deviation over the wires of one photon's charge on anodes and cathodes, in wires of
#: 3 mm: the median of simulated photons of 3 keV.
POINT_SPREAD = (0.47, 0.89)
#: Photons that come closer in time, in samples, may lie the other way round.
LEAST_APART = 0.5
#: Cathode clusters with centres so many wires apart hardly carry charge of each other.
APART = 3.0


class Places(NamedTuple):
    """Centre of each row in its cluster.

    Attributes
    ----------
    centre
        float64 [rows]: in wires.
    ambiguous
        bool [rows]: the two may lie the other way round.
    """

    centre: Real
    ambiguous: NDArray[np.bool_]


def places(host: Whole, part: Real, time: Real, clusters: Clusters, point: float) -> Places:
    """Part the centres of two rows that share one cluster; all others keep the cluster's.

    The charge of two photons with parts f and 1 - f that lie d apart has the variance of one and
    f (1 - f) d^2 more. Wire and time vary together as the photons' times do: that says which of
    the two lies higher.

    Parameters
    ----------
    host
        int64 [rows]: cluster of each row in this plane, -1 for none.
    part
        float64 [rows]: the row's part of its charge.
    time
        float64 [rows]: time of the row in the other plane, in samples.
    point
        Standard deviation of one photon's charge, in wires.
    """
    centre = np.append(clusters.centre, np.nan)[host]
    ambiguous = np.zeros(len(host), np.bool_)
    times = np.bincount(host[host >= 0], minlength=len(clusters))
    shared = np.flatnonzero((host >= 0) & (times[host] == 2)) if len(times) else host[:0]
    one, other = shared[np.argsort(host[shared], kind="stable")].reshape(-1, 2).T
    mine = host[one]
    excess = np.maximum(clusters.spread[mine] ** 2 - point**2, 0.0)
    apart = np.sqrt(excess / np.maximum(part[one] * part[other], 1e-3))
    later = time[one] - time[other]
    apart = np.where(clusters.cross[mine] * later < 0, -apart, apart)
    centre[one] += part[other] * apart
    centre[other] -= part[one] * apart
    unsure = np.abs(later) < LEAST_APART
    ambiguous[one], ambiguous[other] = unsure, unsure
    return Places(centre, ambiguous)


def charge_shares(event: Whole, anode: Clusters, cathode: Clusters) -> Real:
    """Give by how much the other plane corrects the anode charge of two rows, else 1.

    Where the anode clusters of an event's two rows touch, wires carry charge of both, and how it
    was parted is a guess. Their sum is right; where the cathode clusters stand apart, those say
    how it is shared.

    Parameters
    ----------
    event
        int64 [rows], ascending.
    anode, cathode
        The clusters of each row; a cathode charge of NaN for none.

    Returns
    -------
    float64 [rows]
        Factor on the anode charge.
    """
    factor = np.ones(len(event))
    _, first, rows = np.unique(event, return_index=True, return_counts=True)
    one = first[rows == 2]
    other = one + 1
    known = (cathode.charge[one] > 0) & (cathode.charge[other] > 0)
    apart = np.abs(cathode.centre[one] - cathode.centre[other]) >= APART
    mixed = known & apart & (_gap(anode, one, other) <= 1)
    one, other = one[mixed], other[mixed]
    total = anode.charge[one] + anode.charge[other]
    share = cathode.charge[one] / (cathode.charge[one] + cathode.charge[other])
    factor[one] = share * total / anode.charge[one]
    factor[other] = (1 - share) * total / anode.charge[other]
    return factor


def _gap(clusters: Clusters, one: Whole, other: Whole) -> Whole:
    """Give the steps from the last wire of the lower to the first of the upper cluster."""
    later = np.maximum(clusters.wire_first[one], clusters.wire_first[other])
    gap: Whole = later - np.minimum(clusters.wire_last[one], clusters.wire_last[other])
    return gap
