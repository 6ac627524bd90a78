"""Amplitudes and times of veto counters read out as waveforms on the same electronics.

A veto is its highest sample in a range, less its baseline, and the time of that sample, as in
``TRestRawVetoAnalysisProcess`` of REST-for-Physics (rawlib, public).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Vetoes:
    """Veto signals of events as jagged columns.

    Attributes
    ----------
    offsets
        int64 [events + 1]: the signals of event i are ``offsets[i]:offsets[i + 1]``.
    signal_id, amplitude_adu, peak_ns
        int32, float32 and float32, one a recorded veto.
    """

    offsets: NDArray[np.int64]
    signal_id: NDArray[np.int32]
    amplitude_adu: NDArray[np.float32]
    peak_ns: NDArray[np.float32]

    @classmethod
    def none(cls, events: int) -> Vetoes:
        """Give what a read-out without vetoes has."""
        empty = np.empty(0, np.float32)
        return cls(np.zeros(events + 1, np.int64), np.empty(0, np.int32), empty, empty)


def measure_vetoes(
    offsets: NDArray[np.int64],
    signal_id: NDArray[np.int32],
    samples_adu: NDArray[np.int16],
    baseline_adu: NDArray[np.float64],
    sample_range: tuple[int, int],
    sample_ns: float,
) -> Vetoes:
    """Measure the veto signals of a batch.

    Parameters
    ----------
    offsets, signal_id
        As in `Vetoes`.
    samples_adu, baseline_adu
        int16 [signals, samples] and float64 [signals].
    sample_range
        The samples in which the peak is looked for, half-open.
    """
    start, stop = sample_range
    window = samples_adu[:, start:stop]
    peak = window.argmax(axis=1)
    height = window[np.arange(peak.size), peak] - baseline_adu
    peak_ns = (peak + start) * sample_ns
    return Vetoes(offsets, signal_id, height.astype(np.float32), peak_ns.astype(np.float32))


def largest(
    vetoes: Vetoes, threshold_adu: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the largest amplitude of each event, and its time.

    Returns
    -------
    tuple
        float32 [events] each: the amplitude, 0 without a veto or below 0; the time in ns, NaN
        where the amplitude does not exceed the threshold, for noise has no time.
    """
    events = vetoes.offsets.size - 1
    amplitude = np.zeros(events, np.float32)
    time = np.full(events, np.nan, np.float32)
    owner = _owner(vetoes)
    order = np.lexsort((vetoes.amplitude_adu, owner))
    best = order[np.flatnonzero(np.diff(owner[order], append=events))]
    amplitude[owner[best]] = np.maximum(vetoes.amplitude_adu[best], 0)
    fired = best[vetoes.amplitude_adu[best] > threshold_adu]
    time[owner[fired]] = vetoes.peak_ns[fired]
    return amplitude, time


def coincident(
    vetoes: Vetoes, threshold_adu: float, window_ns: tuple[float, float] | None
) -> NDArray[np.bool_]:
    """Say of each event whether a veto over threshold has its peak in the window, half-open."""
    fired = vetoes.amplitude_adu > threshold_adu
    if window_ns is not None:
        fired &= (vetoes.peak_ns >= window_ns[0]) & (vetoes.peak_ns < window_ns[1])
    return np.bincount(_owner(vetoes)[fired], minlength=vetoes.offsets.size - 1) > 0


def _owner(vetoes: Vetoes) -> NDArray[np.int64]:
    return np.repeat(np.arange(vetoes.offsets.size - 1), np.diff(vetoes.offsets))
