"""Mean, noise and largest sample of a stretch of samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope.waveforms.kernels.compiled import kernel


@kernel
def window_moments(samples: NDArray[np.int16], lo: int, hi: int) -> tuple[float, float]:
    """Give mean and population sigma of samples [lo, hi); NaN where there is none."""
    number = hi - lo
    if number <= 0:
        return np.nan, np.nan
    # A slice, not an index from lo: only so does the compiler see that it may vectorise.
    window = samples[lo:hi]
    total = np.int64(0)
    squares = np.int64(0)
    for index in range(window.size):
        value = np.int32(window[index])
        total += value
        squares += np.int64(value) * np.int64(value)
    # Exact in integers up to the division, so a constant level has sigma zero.
    spread = number * squares - total * total
    return total / number, np.sqrt(spread) / number


@kernel
def largest(samples: NDArray[np.int16], lo: int, hi: int) -> np.int16:
    """Give the largest sample of [lo, hi); the least int16 where there is none."""
    window = samples[lo:hi]
    top = np.int16(-32768)
    for index in range(window.size):
        top = max(top, window[index])
    return top


@kernel
def measure_baselines(
    samples: NDArray[np.int16],
    offsets: NDArray[np.int64],
    start: int,
    stop: int,
    mean: NDArray[np.float64],
    sigma: NDArray[np.float64],
) -> None:
    """Fill mean and sigma of the window of every waveform."""
    for waveform in range(offsets.size - 1):
        lo, end = offsets[waveform], offsets[waveform + 1]
        mean[waveform], sigma[waveform] = window_moments(
            samples, min(lo + start, end), min(lo + stop, end)
        )


@kernel
def measure_peaks(
    samples: NDArray[np.int16], offsets: NDArray[np.int64], peak: NDArray[np.int16]
) -> None:
    """Fill the largest sample of every waveform."""
    for waveform in range(offsets.size - 1):
        peak[waveform] = largest(samples, offsets[waveform], offsets[waveform + 1])
