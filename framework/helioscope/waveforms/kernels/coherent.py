"""The mean of the quiet channels of a group, taken off all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope.waveforms.kernels.compiled import kernel


@kernel
def sum_quiet(
    samples: NDArray[np.int16],
    group: NDArray[np.int64],
    baseline: NDArray[np.float64],
    quiet: NDArray[np.bool_],
    total: NDArray[np.int32],
    level: NDArray[np.float64],
    channels: NDArray[np.int64],
) -> None:
    """Add samples, baseline and number of each quiet channel to its group's."""
    for row in range(samples.shape[0]):
        if quiet[row]:
            _add(total[group[row]], samples[row])
            level[group[row]] += baseline[row]
            channels[group[row]] += 1


@kernel
def round_means(
    total: NDArray[np.int32],
    level: NDArray[np.float64],
    channels: NDArray[np.int64],
    minimum_channels: int,
    shared: NDArray[np.int16],
    noise: NDArray[np.float32],
    rest: NDArray[np.float32],
) -> None:
    """Fill each group's mean as whole adu, its rms, and what the rounding left."""
    number, length = total.shape
    for index in range(number):
        if channels[index] >= minimum_channels:
            squares = 0.0
            for sample in range(length):
                exact = (total[index, sample] - level[index]) / channels[index]
                shared[index, sample] = np.int16(np.rint(exact))
                rest[index, sample] = exact - shared[index, sample]
                squares += float(shared[index, sample]) ** 2
            noise[index] = np.sqrt(squares / length)


@kernel
def subtract_means(
    samples: NDArray[np.int16],
    group: NDArray[np.int64],
    shared: NDArray[np.int16],
    cleaned: NDArray[np.int16],
) -> None:
    """Fill the samples without the mean of their group, which is 0 in a small one."""
    for row in range(samples.shape[0]):
        _take_off(samples[row], shared[group[row]], cleaned[row])


@kernel
def _add(total: NDArray[np.int32], samples: NDArray[np.int16]) -> None:
    for index in range(samples.size):
        total[index] += samples[index]


@kernel
def _take_off(
    samples: NDArray[np.int16], shared: NDArray[np.int16], cleaned: NDArray[np.int16]
) -> None:
    for index in range(samples.size):
        value = int(samples[index]) - int(shared[index])
        cleaned[index] = np.int16(min(max(value, -32768), 32767))
