"""Runs of samples over a limit: where they begin and end, and where two pulses share one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope.waveforms.kernels.compiled import kernel
from helioscope.waveforms.kernels.levels import largest, window_moments

#: Samples looked at together; a block with nothing over the limit is passed over at once.
BLOCK = 64


@kernel
def next_over(samples: NDArray[np.int16], lo: int, hi: int, limit: np.int16) -> int:
    """Give the first sample of [lo, hi) above the limit, or hi."""
    index = lo
    while index < hi:
        end = min(index + BLOCK, hi)
        # The last block reaches back to be whole: a short one takes longer than a whole one.
        if largest(samples, max(end - BLOCK, 0), end) > limit:
            block = samples[index:end]
            for place in range(block.size):
                if block[place] > limit:
                    return index + place
        index = end
    return hi


@kernel
def run_end(samples: NDArray[np.int16], left: int, stop: int, limit: np.int16) -> int:
    """Give the end of the run over the limit that begins at ``left``."""
    rest = samples[left:stop]
    for place in range(1, rest.size):
        if rest[place] <= limit:
            return left + place
    return stop


@kernel
def varies(samples: NDArray[np.int16], left: int, right: int, noise: float, minimum: float) -> bool:
    """Say whether a run varies by more than ``minimum`` times the noise; 0 asks nothing."""
    if minimum <= 0.0:
        return True
    return bool(window_moments(samples, left, right)[1] > minimum * noise)


@kernel
def valley(
    samples: NDArray[np.int16], left: int, right: int, base: float, over: float, fraction: float
) -> int:
    """Give the sample at which a further pulse begins in the run, or its end."""
    top = samples[left] - base
    low = top
    where = left
    for index in range(left + 1, right):
        height = samples[index] - base
        if height < low:
            low = height
            where = index
        elif low < fraction * min(top, height) and min(top, height) - low > over:
            return where
        elif height > top and low >= fraction * top:
            top = height
            low = height
            where = index
    return right
