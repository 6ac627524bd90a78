"""What is measured on one pulse: height, sums and the crossings of its edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope.waveforms.kernels.compiled import kernel


@kernel
def first_largest(samples: NDArray[np.int16], left: int, right: int) -> int:
    """Give the place of the largest sample of [left, right), the first of equal ones."""
    run = samples[left:right]
    top, place = run[0], 0
    for index in range(1, run.size):
        if run[index] > top:
            top, place = run[index], index
    return left + place


@kernel
def area(samples: NDArray[np.int16], left: int, right: int, base: float) -> float:
    """Sum samples [left, right) over the baseline."""
    summed = samples[left:right]
    total = np.int64(0)
    for index in range(summed.size):
        total += np.int32(summed[index])
    return total - summed.size * base


@kernel
def measure_edges(
    samples: NDArray[np.int16],
    lo: int,
    end: int,
    peak: int,
    base: float,
    fraction: float,
    measure: NDArray[np.float32],
) -> None:
    """Fill time, rise time and width of the pulse at ``peak`` of the waveform [lo, end).

    The crossings are sought from the highest level down, each from where the one before was
    found.
    """
    amplitude = samples[peak] - base
    low, high = min(0.5, fraction), max(0.5, fraction)
    index, ninety = rising(samples, lo, peak, base + 0.9 * amplitude)
    index, upper = rising(samples, lo, index if high <= 0.9 else peak, base + high * amplitude)
    index, lower = rising(samples, lo, index, base + low * amplitude)
    _, ten = rising(samples, lo, index if low >= 0.1 else peak, base + 0.1 * amplitude)
    half = upper if fraction <= 0.5 else lower
    measure[0] = (lower if fraction <= 0.5 else upper) - lo
    measure[1] = ninety - ten
    measure[2] = falling(samples, end, peak, base + 0.5 * amplitude) - half


@kernel
def rising(samples: NDArray[np.int16], lo: int, start: int, level: float) -> tuple[int, float]:
    """Give where the edge before ``start`` crosses a level, by a straight line.

    Also gives the first sample over the level, from where a lower one can be looked for.
    """
    # Whole samples reach the level exactly where they reach the next whole number.
    least = np.int32(np.ceil(level))
    edge = samples[lo : start + 1]
    index = start - lo
    for back in range(start - lo):
        if edge[start - lo - 1 - back] < least:
            break
        index -= 1
    if index == 0:
        return lo, float(lo)
    below = edge[index - 1]
    step = edge[index] - below
    crossing = index - 1 + (level - below) / step if step > 0 else float(index)
    return lo + index, lo + crossing


@kernel
def falling(samples: NDArray[np.int16], end: int, peak: int, level: float) -> float:
    """Give where the edge behind the peak crosses a level, by a straight line."""
    least = np.int32(np.ceil(level))
    edge = samples[peak:end]
    index = 0
    for ahead in range(1, edge.size):
        if edge[ahead] < least:
            break
        index = ahead
    if index == edge.size - 1:
        return float(end - 1)
    below = edge[index + 1]
    step = edge[index] - below
    crossing = index + (edge[index] - level) / step if step > 0 else float(index)
    return peak + crossing
