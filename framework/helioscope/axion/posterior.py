"""The compiled posterior of g4 > 0 with a flat prior, and its quantiles.

ln L is integrated from its slope and curvature (the trapezium with its first end correction, exact
to the fourth order of the step): they need no logarithm, which would take most of the time.
"""

from __future__ import annotations

import math

import numpy as np

from helioscope.axion.compiled import kernel
from helioscope.axion.kernels import Array, Data, best_fit, slope_and_curvature

#: More points than any posterior needs; a tail that is still above it then is cut there.
_MOST = 16384


@kernel
def bayesian_limit(level: float, fineness: float, tail: float, data: Data) -> float:
    """Give the g4 below which `level` of the posterior lies.

    Parameters
    ----------
    level
        Credibility.
    fineness
        Step, as a share of the standard deviation (of the decay length where the mode is 0).
    tail
        The posterior is followed down to exp(-tail) of its peak.
    data
        The likelihood.
    """
    mode = max(best_fit(data), 0.0)
    first, second = slope_and_curvature(mode, data)
    step = fineness / max(math.sqrt(max(-second, 0.0)), -first, 1e-300)
    above = _march(mode, step, _MOST, tail, data)
    area_above = _simpson(above, above.size - 1) * step
    if mode == 0.0:
        return float(_quantile(above, level * area_above / step) * step)
    down = 2 * (int(mode / step) // 2 + 1)
    width = mode / down
    below = _march(mode, -width, min(down, _MOST), tail, data)
    area_below = _simpson(below, below.size - 1) * width
    wanted = level * (area_above + area_below)
    if wanted >= area_below:
        return float(mode + _quantile(above, (wanted - area_below) / step) * step)
    return float(mode - _quantile(below, (area_below - wanted) / width) * width)


@kernel
def _march(start: float, step: float, most: int, tail: float, data: Data) -> Array:
    """Give L / L(start) at equal steps until it has fallen by exp(-tail), at an odd count."""
    density = np.empty(most + 1)
    density[0] = 1.0
    value = 0.0
    first, second = slope_and_curvature(start, data)
    for k in range(1, most + 1):
        slope, curvature = slope_and_curvature(start + k * step, data)
        value += 0.5 * step * (first + slope) - step * step / 12.0 * (curvature - second)
        density[k] = math.exp(value)
        if value < -tail and k % 2 == 0:
            return density[: k + 1]
        first, second = slope, curvature
    return density


@kernel
def _simpson(density: Array, steps: int) -> float:
    """Integrate over an even number of unit steps."""
    total = 0.0
    for k in range(0, steps, 2):
        total += (density[k] + 4.0 * density[k + 1] + density[k + 2]) / 3.0
    return total


@kernel
def _quantile(density: Array, wanted: float) -> float:
    """Give the number of steps up to which the integral is the area wanted."""
    running = 0.0
    for k in range(0, density.size - 1, 2):
        a, m, b = density[k], density[k + 1], density[k + 2]
        area = (a + 4.0 * m + b) / 3.0
        if running + area >= wanted:
            return float(k + _inside(a, m, b, wanted - running))
        running += area
    return density.size - 1.0


@kernel
def _inside(a: float, m: float, b: float, area: float) -> float:
    """Solve int_0^x of the parabola through (0, a), (1, m), (2, b) = area for 0 <= x <= 2."""
    c1 = (-3.0 * a + 4.0 * m - b) / 2.0
    c2 = (a - 2.0 * m + b) / 2.0
    low, high = 0.0, 2.0
    for _ in range(50):
        x = 0.5 * (low + high)
        if x * (a + x * (c1 / 2.0 + x * c2 / 3.0)) < area:
            low = x
        else:
            high = x
    return 0.5 * (low + high)
