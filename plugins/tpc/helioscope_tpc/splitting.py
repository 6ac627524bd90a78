"""Two photons side by side: clusters with two maxima over their wires are cut at the valley."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.clusters import Hits
from helioscope_tpc.orders import order_by_wire

_compiled = numba.njit(nogil=True, cache=True, error_model="numpy")


def split(
    hits: Hits,
    cluster: NDArray[np.int64],
    number: int,
    fraction: float,
    least_kev: float,
    longest: int,
) -> tuple[NDArray[np.int64], int]:
    """Cut clusters where the charge over the wires has a valley between two maxima.

    Parameters
    ----------
    cluster, number
        Clusters as `helioscope_tpc.clusters.label` numbers them.
    fraction
        The valley must be below this fraction of the smaller maximum.
    least_kev
        And below it by this charge, so that fluctuations cut nothing.
    longest
        Clusters over more wires are tracks and stay whole.

    Returns
    -------
    cluster, number
        The same with the parts numbered apart, in order of event and plane again.
    """
    order = order_by_wire(cluster, hits.wire, number)
    part = np.zeros(len(order), np.int64)
    _split(order, cluster, hits.wire, hits.charge, fraction, least_kev, longest, part)
    if not part.any():
        return cluster, number
    _, renumbered = np.unique(cluster * (longest + 1) + part, return_inverse=True)
    return renumbered.astype(np.int64), int(renumbered.max()) + 1


@_compiled
def _split(
    order: NDArray[np.int64],
    cluster: NDArray[np.int64],
    wire: NDArray[np.int64],
    charge: NDArray[np.float64],
    fraction: float,
    least: float,
    longest: int,
    part: NDArray[np.int64],
) -> None:
    lo = 0
    profile = np.zeros(longest)
    while lo < order.size:
        hi = lo
        while hi < order.size and cluster[order[hi]] == cluster[order[lo]]:
            hi += 1
        first = wire[order[lo]]
        wires = wire[order[hi - 1]] - first + 1
        if 3 <= wires <= longest:
            profile[:wires] = 0.0
            for place in range(lo, hi):
                profile[wire[order[place]] - first] += charge[order[place]]
            start = 0
            while start < wires:
                cut = _valley(profile, start, wires, fraction, least)
                for place in range(lo, hi):
                    if wire[order[place]] - first >= cut:
                        part[order[place]] += 1
                start = cut
        lo = hi


@_compiled
def _valley(
    profile: NDArray[np.float64], start: int, stop: int, fraction: float, least: float
) -> int:
    """Give the first wire behind the valley, or the end where there is none."""
    top = low = profile[start]
    where = start
    for index in range(start + 1, stop):
        height = profile[index]
        smaller = min(top, height)
        if height < low:
            low, where = height, index
        elif low < fraction * smaller and smaller - low > least:
            return int(where if profile[where] > 0.0 and where > start else where + 1)
        elif height > top:
            top, low, where = height, height, index
    return stop
