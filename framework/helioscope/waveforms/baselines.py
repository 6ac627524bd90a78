"""The level and the noise of a waveform before its pulses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Baselines(NamedTuple):
    """Level and noise of each waveform.

    Attributes
    ----------
    mean_adu
        float64 [n]: mean of the samples in the window.
    sigma_adu
        float64 [n]: their population standard deviation (divided by the number of samples).
    """

    mean_adu: NDArray[np.float64]
    sigma_adu: NDArray[np.float64]


def baselines(
    samples_adu: NDArray[np.int16],
    start: int,
    stop: int,
    offsets: NDArray[np.int64] | None = None,
) -> Baselines:
    """Take mean and population sigma of the samples [start, stop) of each waveform.

    Sums are integers, so the result does not depend on their order.

    Parameters
    ----------
    samples_adu
        int16 [n, samples], or flat with ``offsets`` where the waveforms differ in length.
    start, stop
        Half-open window, in samples. A waveform without a sample in it gives NaN.
    offsets
        int64 [n + 1]: where each waveform begins and the last one ends in the flat samples.

    Raises
    ------
    ValueError
        Where the window is empty or the samples do not fit their offsets.
    """
    from helioscope.waveforms.kernels import levels

    if not 0 <= start < stop:
        raise ValueError(f"baseline window [{start}, {stop}) holds no sample")
    flat, bounds = flat_waveforms(samples_adu, offsets)
    mean = np.empty(bounds.size - 1)
    sigma = np.empty(bounds.size - 1)
    levels.measure_baselines(flat, bounds, start, stop, mean, sigma)
    return Baselines(mean, sigma)


def largest_samples(
    samples_adu: NDArray[np.int16], offsets: NDArray[np.int64] | None = None
) -> NDArray[np.int16]:
    """Give the largest sample of each waveform; the least int16 for one without samples.

    Parameters
    ----------
    samples_adu
        int16 [n, samples], or flat with ``offsets`` where the waveforms differ in length.
    offsets
        int64 [n + 1].

    Raises
    ------
    ValueError
        Where the samples do not fit their offsets.
    """
    from helioscope.waveforms.kernels import levels

    flat, bounds = flat_waveforms(samples_adu, offsets)
    peak = np.empty(bounds.size - 1, np.int16)
    levels.measure_peaks(flat, bounds, peak)
    return peak


def flat_waveforms(
    samples_adu: NDArray[np.int16], offsets: NDArray[np.int64] | None
) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Give samples as one flat array with int64 offsets, without a copy where that can be.

    Raises
    ------
    ValueError
        Where the type is not int16, or the offsets do not fit the samples.
    """
    if samples_adu.dtype != np.int16:
        raise ValueError(f"samples are {samples_adu.dtype}, not int16")
    if offsets is None:
        if samples_adu.ndim != 2:
            raise ValueError(f"samples have {samples_adu.ndim} axes: give [n, samples] or offsets")
        number, length = samples_adu.shape
        bounds = np.arange(number + 1, dtype=np.int64) * length
        return np.ascontiguousarray(samples_adu).reshape(-1), bounds
    bounds = np.ascontiguousarray(offsets, dtype=np.int64)
    flat = np.ascontiguousarray(samples_adu)
    if flat.ndim != 1 or bounds.ndim != 1 or not bounds.size:
        raise ValueError("flat samples and their offsets have one axis each")
    if bounds[0] < 0 or bounds[-1] > flat.size or (np.diff(bounds) < 0).any():
        raise ValueError(f"offsets do not fit {flat.size} samples")
    return flat, bounds
