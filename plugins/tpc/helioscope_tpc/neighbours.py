"""The charge that a cluster left on wires below threshold at its sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.clusters import Clusters
from helioscope_tpc.compiled import kernel


def side_charges(
    clusters: Clusters,
    reach: tuple[int, int],
    samples_adu: NDArray[np.int16],
    baseline_adu: NDArray[np.float64],
    waveform_of: NDArray[np.int64],
    plane_first: tuple[int, int],
    plane_wires: tuple[int, int],
    occupied: NDArray[np.bool_],
    margin: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Sum the samples of the wires beside each cluster, in the time of its pulses.

    Leaving out what stays under threshold would make small charges too small; the sum over a
    fixed time has no such bias. A wire that has a pulse of its own is left to that pulse.

    Parameters
    ----------
    reach
        How many wires on either side, for anodes and cathodes.
    waveform_of
        int64 [events, wires]: row of each wire's waveform, -1 where it was not read.
    plane_first, plane_wires
        First wire and number of wires of the planes.
    occupied
        bool [waveforms]: it has a pulse.
    margin
        Samples added before the first and behind the last sample over threshold.

    Returns
    -------
    cluster, waveform
        int64: which cluster gets the charge of which waveform; in order of the clusters.
    charge_adu
        float64.
    """
    capacity = len(clusters) * 2 * max(reach)
    owner, row = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    charge = np.empty(capacity)
    found = _side_charges(
        clusters.event, clusters.plane, clusters.wire_first, clusters.wire_last, clusters.start,
        clusters.stop, np.array(reach), samples_adu, baseline_adu, waveform_of,
        np.array(plane_first), np.array(plane_wires), occupied, margin[0], margin[1],
        owner, row, charge,
    )  # fmt: skip
    return owner[:found].copy(), row[:found].copy(), charge[:found].copy()


@kernel
def _side_charges(
    event: NDArray[np.int64],
    plane: NDArray[np.int64],
    wire_first: NDArray[np.int64],
    wire_last: NDArray[np.int64],
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    reach: NDArray[np.int64],
    samples: NDArray[np.int16],
    baseline: NDArray[np.float64],
    waveform_of: NDArray[np.int64],
    plane_first: NDArray[np.int64],
    plane_wires: NDArray[np.int64],
    occupied: NDArray[np.bool_],
    before: int,
    after: int,
    owner: NDArray[np.int64],
    row: NDArray[np.int64],
    charge: NDArray[np.float64],
) -> int:
    found = 0
    length = samples.shape[1]
    for index in range(event.size):
        which = plane[index]
        for step in range(2 * reach[which]):
            wire = (
                wire_first[index] - 1 - step // 2 if step % 2 else wire_last[index] + 1 + step // 2
            )
            if not 0 <= wire < plane_wires[which]:
                continue
            waveform = waveform_of[event[index], plane_first[which] + wire]
            if waveform < 0 or occupied[waveform]:
                continue
            lo = max(int(start[index]) - before, 0)
            hi = min(int(stop[index]) + after, length)
            total = 0.0
            for sample in range(lo, hi):
                total += samples[waveform, sample] - baseline[waveform]
            owner[found], row[found], charge[found] = index, waveform, total
            found += 1
    return found
