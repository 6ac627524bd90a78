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
    from helioscope.waveforms import kernels

    if samples_adu.dtype != np.int16 or samples_adu.ndim != 2:
        raise ValueError(f"samples are {samples_adu.dtype} of {samples_adu.ndim} axes, not int16")
    number = len(samples_adu)
    if not len(group) == len(baseline_adu) == len(quiet) == number:
        raise ValueError("group, baseline and quiet have not one value for each waveform")
    if number and int(group.min()) < 0:
        raise ValueError("groups are numbered from 0")
    groups = int(group.max()) + 1 if number else 0
    cleaned = np.empty_like(samples_adu, order="C")
    noise = np.full(groups, np.nan, np.float32)
    rest = np.zeros((groups, samples_adu.shape[1]), np.float32)
    kernels.subtract_coherent(
        np.ascontiguousarray(samples_adu),
        np.ascontiguousarray(group, np.int64),
        np.ascontiguousarray(baseline_adu, np.float64),
        np.ascontiguousarray(quiet, np.bool_),
        minimum_channels,
        cleaned,
        noise,
        rest,
    )
    return WithoutCoherent(cleaned, noise, rest)
