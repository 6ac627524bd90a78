"""Clusters of pulses in the wire-time plane."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.orders import order_by_wire

_compiled = numba.njit(nogil=True, cache=True, error_model="numpy")


class Hits(NamedTuple):
    """Pulses as hits, in order of their waveforms.

    Attributes
    ----------
    event, plane, wire
        int64: event of the batch; 0 anodes, 1 cathodes; number within the plane.
    start, stop, time
        float64: half-open run over threshold and constant-fraction time, in samples.
    charge
        float64: in keV of the anode scale.
    """

    event: NDArray[np.int64]
    plane: NDArray[np.int64]
    wire: NDArray[np.int64]
    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    time: NDArray[np.float64]
    charge: NDArray[np.float64]


def label(
    hits: Hits, wire_gap: int, time_gap: float, long_run: float
) -> tuple[NDArray[np.int64], int]:
    """Give the hits of one plane that touch in wire and time one cluster number.

    Two hits touch where at most ``wire_gap`` silent wires lie between them and their constant-
    fraction times are at most ``time_gap`` samples apart, or their runs over threshold overlap
    and one of them is at least ``long_run`` samples long, as a track along the drift makes
    it. Two hits on one wire never touch directly: the pulse finder kept them apart.

    Returns
    -------
    cluster
        int64: number of each hit's cluster; clusters are in order of event, plane, first hit.
    number
        How many there are.
    """
    group = hits.event * 2 + hits.plane
    order = order_by_wire(group, hits.wire, int(group.max(initial=-1)) + 1, hits.time)
    sorted_label, number = _label(
        group[order], hits.wire[order], hits.start[order], hits.stop[order], hits.time[order],
        wire_gap, time_gap, long_run,
    )  # fmt: skip
    cluster = np.empty(len(order), np.int64)
    cluster[order] = sorted_label
    return cluster, int(number)


@_compiled
def _root(parent: NDArray[np.int64], index: int) -> int:
    while parent[index] != index:
        parent[index] = parent[parent[index]]
        index = parent[index]
    return index


@_compiled
def _label(
    group: NDArray[np.int64],
    wire: NDArray[np.int64],
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    time: NDArray[np.float64],
    wire_gap: int,
    time_gap: float,
    long_run: float,
) -> tuple[NDArray[np.int64], int]:
    number = group.size
    parent = np.arange(number)
    for later in range(number):
        earlier = later - 1
        while (
            earlier >= 0
            and group[earlier] == group[later]
            and wire[later] - wire[earlier] <= wire_gap + 1
        ):
            apart = abs(time[later] - time[earlier])
            overlap = start[later] < stop[earlier] and start[earlier] < stop[later]
            longer = max(stop[later] - start[later], stop[earlier] - start[earlier])
            if wire[later] != wire[earlier] and (
                apart <= time_gap or (overlap and longer >= long_run)
            ):
                one, other = _root(parent, earlier), _root(parent, later)
                parent[max(one, other)] = min(one, other)
            earlier -= 1
    cluster = np.empty(number, np.int64)
    found = 0
    for index in range(number):
        root = _root(parent, index)
        if root == index:
            cluster[index] = found
            found += 1
        else:
            cluster[index] = cluster[root]
    return cluster, found


@dataclass(frozen=True)
class Clusters:
    """One value a cluster; times in samples, charges in keV of the anode scale.

    Attributes
    ----------
    event, plane, multiplicity
        int64; the multiplicity counts wires over threshold.
    wire_first, wire_last
        int64 within the plane.
    centre, spread
        float64: charge-weighted wire and its standard deviation, in wires.
    time, time_spread
        float64: charge-weighted time and its standard deviation.
    start, stop
        float64: first and last sample over threshold (half-open).
    charge, charge_early
        float64: all of it, and what came before the middle of the first and last time.
    width, rise
        float64: charge-weighted means over the pulses.
    cross
        float64: charge-weighted covariance of wire and time.
    """

    event: NDArray[np.int64]
    plane: NDArray[np.int64]
    multiplicity: NDArray[np.int64]
    wire_first: NDArray[np.int64]
    wire_last: NDArray[np.int64]
    centre: NDArray[np.float64]
    spread: NDArray[np.float64]
    time: NDArray[np.float64]
    time_spread: NDArray[np.float64]
    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    charge: NDArray[np.float64]
    charge_early: NDArray[np.float64]
    width: NDArray[np.float64]
    rise: NDArray[np.float64]
    cross: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.event.size)

    def chosen(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Clusters:
        """Give some of them."""
        return Clusters(*[getattr(self, field.name)[which] for field in fields(self)])


def summarise(
    hits: Hits,
    cluster: NDArray[np.int64],
    number: int,
    width: NDArray[np.float64],
    rise: NDArray[np.float64],
) -> Clusters:
    """Sum hits up to clusters."""
    whole = np.zeros((number, 5), np.int64)
    whole[:, 3] = np.iinfo(np.int64).max
    real = np.zeros((number, 11))
    order = order_by_wire(cluster, hits.wire, number)
    _summarise(
        order, cluster, hits.event, hits.plane, hits.wire, hits.start, hits.stop, hits.time,
        hits.charge, width, rise, whole, real,
    )  # fmt: skip
    columns: list[Any] = [column.copy() for column in (*whole.T, *real.T)]
    return Clusters(*columns)


@_compiled
def _summarise(
    order: NDArray[np.int64],
    cluster: NDArray[np.int64],
    event: NDArray[np.int64],
    plane: NDArray[np.int64],
    wire: NDArray[np.int64],
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    time: NDArray[np.float64],
    charge: NDArray[np.float64],
    width: NDArray[np.float64],
    rise: NDArray[np.float64],
    whole: NDArray[np.int64],
    real: NDArray[np.float64],
) -> None:
    lo = 0
    while lo < order.size:
        mine = cluster[order[lo]]
        hi = lo
        earliest, latest = np.inf, -np.inf
        total = wires = weighted = moment = 0.0
        out = real[mine]
        out[4], out[5] = np.inf, -np.inf
        while hi < order.size and cluster[order[hi]] == mine:
            hit = order[hi]
            weight = max(charge[hit], 1e-9)
            total += weight
            weighted += weight * wire[hit]
            moment += weight * time[hit]
            out[6] += charge[hit]
            out[8] += weight * width[hit]
            out[9] += weight * rise[hit]
            out[4], out[5] = min(out[4], start[hit]), max(out[5], stop[hit])
            earliest, latest = min(earliest, time[hit]), max(latest, time[hit])
            if hi == lo or wire[hit] != wire[order[hi - 1]]:
                wires += 1.0
            whole[mine, 3] = min(whole[mine, 3], wire[hit])
            whole[mine, 4] = max(whole[mine, 4], wire[hit])
            hi += 1
        out[0], out[2] = weighted / total, moment / total
        half = 0.5 * (earliest + latest)
        for place in range(lo, hi):
            hit = order[place]
            weight = max(charge[hit], 1e-9) / total
            across, along = wire[hit] - out[0], time[hit] - out[2]
            out[1] += weight * across * across
            out[3] += weight * along * along
            out[10] += weight * across * along
            if time[hit] <= half:
                out[7] += charge[hit]
        out[1], out[3] = np.sqrt(out[1]), np.sqrt(out[3])
        out[8] /= total
        out[9] /= total
        whole[mine, 0], whole[mine, 1] = event[order[lo]], plane[order[lo]]
        whole[mine, 2] = int(wires)
        lo = hi
