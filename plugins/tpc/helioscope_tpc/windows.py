"""The charge of compact clusters, in one window of time for all their wires."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.compiled import kernel

Real = NDArray[np.float64]
Whole = NDArray[np.int64]


def window_charges(
    cluster: Whole,
    waveform: Whole,
    time: Real,
    width: Real,
    charge_adu: Real,
    compact: NDArray[np.bool_],
    margin: tuple[int, int],
    samples_adu: NDArray[np.int16],
    baseline_adu: Real,
    rest_adu: NDArray[np.float32],
    group: Whole,
) -> Real:
    """Sum all wires of a compact cluster over the same samples, short as the pulse is.

    The window begins at the earliest rising edge and ends behind the latest falling one. A
    window that began and ended at the threshold would be longer for larger pulses, and for
    small ones as long as its margins: those cost noise, which at 1 keV widens the line.

    Parameters
    ----------
    cluster, waveform, time, width, charge_adu
        The parts of the clusters: pulses, and wires below threshold with NaN for time and width.
    compact
        bool [clusters]: others keep the charge that they have.
    margin
        Samples before the edge and behind it.
    samples_adu, baseline_adu, rest_adu, group
        Samples and levels of all waveforms, the rest of the coherent noise and whose it is.
    """
    first = np.full(len(compact), np.inf)
    last = np.full(len(compact), -np.inf)
    np.fmin.at(first, cluster, time)
    np.fmax.at(last, cluster, time + width)
    charge = charge_adu.copy()
    chosen = np.flatnonzero(compact[cluster] & np.isfinite(first[cluster]))
    start = np.floor(np.where(np.isfinite(first), first, 0.0)).astype(np.int64) - margin[0]
    stop = np.ceil(np.where(np.isfinite(last), last, 0.0)).astype(np.int64) + margin[1]
    _sum(chosen, cluster, waveform, start, stop, samples_adu, baseline_adu, rest_adu, group, charge)
    return charge


@kernel
def _sum(
    chosen: Whole,
    cluster: Whole,
    waveform: Whole,
    start: Whole,
    stop: Whole,
    samples: NDArray[np.int16],
    baseline: Real,
    rest: NDArray[np.float32],
    group: Whole,
    charge: Real,
) -> None:
    length = samples.shape[1]
    for part in chosen:
        mine, row = cluster[part], waveform[part]
        shared, level = rest[group[row]], baseline[row]
        total = 0.0
        for sample in range(max(start[mine], 0), min(stop[mine], length)):
            total += samples[row, sample] - level - shared[sample]
        charge[part] = total


def compact_clusters(
    cluster: Whole, waveform: Whole, duration: Real, longest: float, waveforms: int
) -> NDArray[np.bool_]:
    """Say which clusters are short and have no wire with a further pulse."""
    pulses = np.bincount(waveform, minlength=waveforms)
    compact: NDArray[np.bool_] = duration < longest
    compact[cluster[pulses[waveform] > 1]] = False
    return compact
