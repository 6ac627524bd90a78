"""Waveforms of strips to one charge and one time each, as REST-for-Physics takes them.

The definitions are those of ``TRestRawSignal`` and of the method *tripleMax* of
``TRestDetectorSignalToHitsProcess`` (rest-for-physics, public): a pulse is a run of at least
``minimum_points`` samples over the point threshold whose standard deviation exceeds the signal
threshold; a signal is good with one pulse or more; its charge is the highest sample of its
pulses and the two samples beside it among those over threshold, the highest once more where
it is the first or the last of them.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class FoundPulses(Protocol):
    """The columns of found pulses that a signal is made of, in order of waveform and time."""

    @property
    def waveform(self) -> NDArray[np.int32]: ...  # noqa: D102
    @property
    def left(self) -> NDArray[np.int32]: ...  # noqa: D102
    @property
    def right(self) -> NDArray[np.int32]: ...  # noqa: D102
    @property
    def peak(self) -> NDArray[np.int32]: ...  # noqa: D102
    @property
    def amplitude_adu(self) -> NDArray[np.float32]: ...  # noqa: D102
    @property
    def width_samples(self) -> NDArray[np.float32]: ...  # noqa: D102


class Signals(NamedTuple):
    """One row a recorded channel.

    Attributes
    ----------
    good
        bool: it has a pulse.
    charge_adu
        float32: three-point charge of its highest pulse; 0 without one.
    peak_sample, start_sample
        int32: where that pulse has its maximum and its first sample over threshold.
    width_samples
        float32: its width at half height.
    saturated
        bool: its maximum stands at the end of the range.
    """

    good: NDArray[np.bool_]
    charge_adu: NDArray[np.float32]
    peak_sample: NDArray[np.int32]
    start_sample: NDArray[np.int32]
    width_samples: NDArray[np.float32]
    saturated: NDArray[np.bool_]


def signals_of(
    pulses: FoundPulses,
    samples_adu: NDArray[np.int16],
    baseline_adu: NDArray[np.float64],
    saturation_adu: int,
) -> Signals:
    """Reduce the pulses of each channel to one charge and one time.

    Parameters
    ----------
    pulses
        Found pulses.
    samples_adu
        int16 [channels, samples].
    baseline_adu
        float64 [channels].
    """
    channels = samples_adu.shape[0]
    out = Signals(
        np.zeros(channels, bool), np.zeros(channels, np.float32), np.zeros(channels, np.int32),
        np.zeros(channels, np.int32), np.zeros(channels, np.float32), np.zeros(channels, bool),
    )  # fmt: skip
    if not pulses.waveform.size:
        return out
    # the highest pulse of each channel, the first of equal ones
    order = np.lexsort((-pulses.amplitude_adu, pulses.waveform))
    first = np.concatenate(([True], np.diff(pulses.waveform[order]) > 0))
    best = order[first]
    channel, peak = pulses.waveform[best], pulses.peak[best]
    before, after = _neighbours(pulses, best)
    three = samples_adu[channel, peak].astype(np.float64)
    three += samples_adu[channel, before]
    three += samples_adu[channel, after]
    out.good[channel] = True
    out.charge_adu[channel] = three - 3.0 * baseline_adu[channel]
    out.peak_sample[channel] = peak
    out.start_sample[channel] = pulses.left[best]
    out.width_samples[channel] = pulses.width_samples[best]
    out.saturated[channel] = samples_adu[channel, peak] >= saturation_adu
    return out


def _neighbours(
    pulses: FoundPulses, best: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the samples before and after the maximum among all over threshold of its channel."""
    peak = pulses.peak[best]
    before, after = peak - 1, peak + 1
    count = pulses.waveform.size
    at_start = np.flatnonzero(peak == pulses.left[best])
    previous = np.maximum(best[at_start] - 1, 0)
    joined = (best[at_start] > 0) & (pulses.waveform[previous] == pulses.waveform[best[at_start]])
    before[at_start] = np.where(joined, pulses.right[previous] - 1, peak[at_start])
    at_end = np.flatnonzero(peak == pulses.right[best] - 1)
    following = np.minimum(best[at_end] + 1, count - 1)
    joined = (best[at_end] + 1 < count) & (
        pulses.waveform[following] == pulses.waveform[best[at_end]]
    )
    after[at_end] = np.where(joined, pulses.left[following], peak[at_end])
    return before, after
