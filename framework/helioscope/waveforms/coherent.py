"""Noise that all channels of one read-out group share, sample by sample."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class WithoutCoherent(NamedTuple):
    """Samples without what their group shares, and what that was.

    Attributes
    ----------
    samples_adu
        int16 [n, samples], a new array.
    noise_adu
        float32 [groups]: rms of what was subtracted; NaN where nothing was.
    rest_adu
        float32 [groups, samples]: what the rounding left in; 0 where nothing was subtracted.
    """

    samples_adu: NDArray[np.int16]
    noise_adu: NDArray[np.float32]
    rest_adu: NDArray[np.float32]


def coherent_noise_removed(
    samples_adu: NDArray[np.int16],
    group: NDArray[np.int64],
    baseline_adu: NDArray[np.float64],
    quiet: NDArray[np.bool_],
    minimum_channels: int = 8,
) -> WithoutCoherent:
    """Subtract the mean of a group's quiet channels from all its channels, sample by sample.

    Only quiet channels (nothing over threshold) go into the mean, so that no signal is taken
    off; a group with fewer than ``minimum_channels`` of them stays as it is. The subtracted
    waveform is rounded to whole adu, which adds 0.29 adu of noise to a sample. All channels of a
    group get the same, so a sum over several takes ``rest_adu`` off as well.

    Parameters
    ----------
    samples_adu
        int16 [n, samples].
    group
        int64 [n], from 0: the read-out group of each waveform (plane of wires in an event).
    baseline_adu
        float64 [n].
    quiet
        bool [n]: the channel shows nothing but noise.

    """
    from helioscope.waveforms.kernels import coherent

    if samples_adu.dtype != np.int16 or samples_adu.ndim != 2:
        raise ValueError(f"samples are {samples_adu.dtype} of {samples_adu.ndim} axes, not int16")
    number = len(samples_adu)
    if not len(group) == len(baseline_adu) == len(quiet) == number:
        raise ValueError("group, baseline and quiet have not one value for each waveform")
    if number and int(group.min()) < 0:
        raise ValueError("groups are numbered from 0")
    groups = int(group.max()) + 1 if number else 0
    samples = np.ascontiguousarray(samples_adu)
    group = np.ascontiguousarray(group, np.int64)
    length = samples.shape[1]
    # Sums of whole samples and a whole mean: the compiler then subtracts many at once.
    total = np.zeros((groups, length), np.int32)
    level, channels = np.zeros(groups), np.zeros(groups, np.int64)
    shared = np.zeros((groups, length), np.int16)
    noise = np.full(groups, np.nan, np.float32)
    rest = np.zeros((groups, length), np.float32)
    cleaned = np.empty_like(samples)
    coherent.sum_quiet(
        samples, group, np.ascontiguousarray(baseline_adu, np.float64),
        np.ascontiguousarray(quiet, np.bool_), total, level, channels,
    )  # fmt: skip
    coherent.round_means(total, level, channels, minimum_channels, shared, noise, rest)
    coherent.subtract_means(samples, group, shared, cleaned)
    return WithoutCoherent(cleaned, noise, rest)
