"""Compiled kernels of the likelihood in g4: its value, best fit and Bayesian limit.

All take the columns of `helioscope.axion.likelihood.Likelihood` in one tuple. Importing this
module costs numba's import, so that it is imported inside the functions that need it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.compiled import inlined_kernel, kernel

Array = NDArray[np.float64]

#: n_on, background, n_off, alpha, signal (per bin), then the Gaussian part's best and error.
Data = tuple[Array, Array, Array, Array, Array, float, float]


@inlined_kernel
def _profiled(n_on: float, n_off: float, alpha: float, excess: float) -> float:
    """Most likely background of an on/off bin in which `excess` signal counts are expected.

    The larger root of (1 + 1/alpha) b (b + S) - n_on b - n_off (b + S) = 0 (Rolke, Lopez and
    Conrad, NIM A 551 (2005) 493).
    """
    share = alpha / (1.0 + alpha)
    if n_on == 0.0:
        return max(share * n_off, -excess)
    half = 0.5 * (excess - share * (n_on + n_off))
    root = math.sqrt(max(half * half + share * n_off * excess, 0.0))
    # Where the two cancel, the root comes from the product of both instead.
    b = root - half if half <= 0.0 else share * n_off * excess / (root + half)
    return max(b, 0.0, -excess)


@kernel
def log_likelihood(g4: float, data: Data) -> float:
    """Give ln L(g4) up to a constant; -inf where an expectation with counts is not positive."""
    n_on, background, n_off, alpha, signal, best, error = data
    total = -0.5 * ((g4 - best) / error) ** 2
    for i in range(n_on.size):
        excess = g4 * signal[i]
        b = background[i]
        if alpha[i] > 0.0:
            b = _profiled(n_on[i], n_off[i], alpha[i], excess)
            if n_off[i] > 0.0:
                total += n_off[i] * math.log(b / alpha[i])
            total -= b / alpha[i]
        mu = b + excess
        if n_on[i] > 0.0:
            if mu <= 0.0:
                return -math.inf
            total += n_on[i] * math.log(mu)
        elif mu < 0.0 and alpha[i] == 0.0:
            return -math.inf
        total -= max(mu, 0.0)
    return total


@kernel
def slope_and_curvature(g4: float, data: Data) -> tuple[float, float]:
    """Give the first and second derivative of ln L in g4."""
    n_on, background, n_off, alpha, signal, best, error = data
    first = -(g4 - best) / error**2
    second = -1.0 / error**2
    for i in range(n_on.size):
        s = signal[i]
        if s == 0.0:
            continue
        excess = g4 * s
        if alpha[i] == 0.0:
            first -= s
            if n_on[i] > 0.0:
                pull = s / (background[i] + excess)
                first += n_on[i] * pull
                second -= n_on[i] * pull * pull
            continue
        b = _profiled(n_on[i], n_off[i], alpha[i], excess)
        mu = b + excess
        if n_on[i] == 0.0:
            # Below this the background makes up for the negative signal: b = -S, expectation 0.
            if excess > -n_off[i] / (1.0 + 1.0 / alpha[i]):
                first -= s
            else:
                first += s * (1.0 / alpha[i] - (n_off[i] / b if b > 0.0 else 0.0))
                second -= s * s * n_off[i] / b**2 if b > 0.0 else 0.0
            continue
        inverse = 1.0 / mu
        on = n_on[i] * inverse * inverse
        first += s * (n_on[i] * inverse - 1.0)
        if b <= 0.0 and n_off[i] == 0.0:
            second -= s * s * on
        elif n_off[i] > 0.0:
            # on off / (on + off) with off = n_off / b^2.
            second -= s * s * on * n_off[i] / (on * b * b + n_off[i])
    return first, second


@kernel
def lowest_g4(data: Data) -> float:
    """Give the most negative g4 at which every known background still gives an expectation >= 0."""
    _, background, _, alpha, signal, _, _ = data
    lowest = -math.inf
    for i in range(signal.size):
        if alpha[i] == 0.0 and signal[i] > 0.0:
            lowest = max(lowest, -background[i] / signal[i])
    return lowest


@kernel
def best_fit(data: Data) -> float:
    """Maximise ln L over g4, negative values included, by bisection safeguarding Newton's steps."""
    n_on, background, _, _, signal, best, error = data
    floor = lowest_g4(data)
    scale = (background.sum() + n_on.sum() + 1.0) / max(signal.sum(), 1e-300)
    scale = min(scale, error) if math.isfinite(error) else scale
    low, step = 0.0, scale
    if math.isfinite(error):
        low = min(low, best)
    low = max(low, floor + 1e-12 * abs(floor)) if math.isfinite(floor) else low
    while slope_and_curvature(low, data)[0] < 0.0:
        if math.isfinite(floor) and low - step <= floor * (1.0 - 1e-12):
            low = floor * (1.0 - 1e-12)
            if slope_and_curvature(low, data)[0] < 0.0:
                return float(low)
            break
        low -= step
        step *= 2.0
    high, step = max(low, 0.0) + scale, scale
    while slope_and_curvature(high, data)[0] > 0.0:
        high += step
        step *= 2.0
    return float(_root(low, high, data))


@kernel
def _root(low: float, high: float, data: Data) -> float:
    g4 = 0.5 * (low + high)
    for _ in range(200):
        first, second = slope_and_curvature(g4, data)
        if first > 0.0:
            low = g4
        else:
            high = g4
        newton = g4 - first / second if second < 0.0 else low
        new = newton if low < newton < high else 0.5 * (low + high)
        if abs(new - g4) <= 1e-10 * (abs(g4) + high - low) or high - low <= 1e-14 * abs(high):
            return new
        g4 = new
    return g4
