"""Compiled loops over pseudo-experiments."""

from __future__ import annotations

import numpy as np

from helioscope.axion.compiled import kernel
from helioscope.axion.kernels import Array, Data, best_fit, log_likelihood
from helioscope.axion.posterior import bayesian_limit


@kernel
def _replaced(n_on: Array, n_off: Array, data: Data) -> Data:
    """Give the data with other counts; an on/off bin's background follows its off-counts."""
    _, background, _, alpha, signal, best, error = data
    other = background.copy()
    for i in range(other.size):
        if alpha[i] > 0.0:
            other[i] = alpha[i] * n_off[i]
    return n_on, other, n_off, alpha, signal, best, error


@kernel
def bayesian_limits(
    level: float, fineness: float, tail: float, n_on: Array, n_off: Array, gauss: Array, data: Data
) -> Array:
    """Give the Bayesian limit of each pseudo-experiment, (experiments,).

    `n_on` and `n_off` are (experiments, bins), `gauss` the best fits of the Gaussian part.
    """
    limits = np.empty(n_on.shape[0])
    for k in range(limits.size):
        on, background, off, alpha, signal, _, error = _replaced(n_on[k], n_off[k], data)
        one = (on, background, off, alpha, signal, gauss[k], error)
        limits[k] = bayesian_limit(level, fineness, tail, one)
    return limits


@kernel
def statistics(
    grid: Array, n_on: Array, n_off: Array, gauss: Array, data: Data
) -> tuple[Array, Array]:
    """Give best fit and likelihood ratios of each pseudo-experiment.

    Returns
    -------
    best : (experiments,)
        The best g4, negative values included.
    ratio : (experiments, grid)
        -2 ln [L(g4) / L(best g4 >= 0)] at each g4 of the grid.
    """
    best = np.empty(n_on.shape[0])
    ratio = np.empty((n_on.shape[0], grid.size))
    for k in range(best.size):
        on, background, off, alpha, signal, _, error = _replaced(n_on[k], n_off[k], data)
        one = (on, background, off, alpha, signal, gauss[k], error)
        best[k] = best_fit(one)
        peak = log_likelihood(max(best[k], 0.0), one)
        for j in range(grid.size):
            ratio[k, j] = max(2.0 * (peak - log_likelihood(grid[j], one)), 0.0)
    return best, ratio
