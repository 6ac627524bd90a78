"""The order of hits by group and wire, in which the read-out nearly always has them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.compiled import kernel


def order_by_wire(
    group: NDArray[np.int64],
    wire: NDArray[np.int64],
    number: int,
    time: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """Give the order of hits by group, wire and time; equal ones stay in their order.

    Parameters
    ----------
    group
        int64 in [0, number): cluster, or plane of an event.
    time
        Without it, those of one wire stay in their order.
    """
    first = np.concatenate(([0], np.cumsum(np.bincount(group, minlength=number))))
    order = np.empty(group.size, np.int64)
    times = np.zeros(group.size) if time is None else time
    _fill(group, wire, times, first, first[:-1].copy(), order)
    return order


@kernel
def _fill(
    group: NDArray[np.int64],
    wire: NDArray[np.int64],
    time: NDArray[np.float64],
    first: NDArray[np.int64],
    filled: NDArray[np.int64],
    order: NDArray[np.int64],
) -> None:
    for hit in range(group.size):
        mine = group[hit]
        place = filled[mine]
        while place > first[mine]:
            other = order[place - 1]
            if wire[other] < wire[hit] or (wire[other] == wire[hit] and time[other] <= time[hit]):
                break
            order[place] = other
            place -= 1
        order[place] = hit
        filled[mine] += 1
