"""Pseudo-experiments: counts as they would have come out, and the limits that they would give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.likelihood import Likelihood
from helioscope.axion.limits import columns

Array = NDArray[np.float64]
T = TypeVar("T")
R = TypeVar("R")

#: Step and tail of the posterior of a pseudo-experiment: exact to 1e-3 in g4, 3e-4 in g.
FINENESS = 0.3
TAIL = 13.0

#: Quantiles of an expected limit: the 95 % band, the 68 % band, the median.
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)


@dataclass(frozen=True)
class Experiments:
    """Counts of many pseudo-experiments.

    Attributes
    ----------
    n_on, n_off
        (experiments, bins); `n_off` is 0 where the background is known.
    gauss
        (experiments,) best fits of the Gaussian part.
    """

    n_on: Array
    n_off: Array
    gauss: Array

    def __len__(self) -> int:
        return int(self.n_on.shape[0])

    def slice(self, start: int, stop: int) -> Experiments:
        """Give a part of them."""
        return Experiments(self.n_on[start:stop], self.n_off[start:stop], self.gauss[start:stop])


def draw(
    likelihood: Likelihood, count: int, generator: np.random.Generator, g4: float = 0.0
) -> Experiments:
    """Draw counts for a true g4.

    Parameters
    ----------
    likelihood
        The measurement; its background is taken as the truth.
    count
        Number of pseudo-experiments.
    generator
        Source of random numbers.
    g4
        True g4 in units of 1e-40 per GeV^4.
    """
    shape = (count, likelihood.n_on.size)
    expected = likelihood.background + g4 * likelihood.signal
    n_on = generator.poisson(expected, shape).astype(float)
    alpha = np.where(likelihood.alpha > 0, likelihood.alpha, 1.0)
    off = np.where(likelihood.alpha > 0, likelihood.background / alpha, 0.0)
    n_off = generator.poisson(off, shape).astype(float)
    error = likelihood.gauss_error
    gauss = g4 + (generator.normal(0.0, error, count) if np.isfinite(error) else np.zeros(count))
    return Experiments(n_on, n_off, gauss)


def bayesian_limits(
    likelihood: Likelihood, experiments: Experiments, level: float = 0.95, workers: int = 1
) -> Array:
    """Give the Bayesian limit on g4 of each pseudo-experiment, in units of 1e-40 per GeV^4."""
    from helioscope.axion import experiment_kernels as kernels

    data = columns(likelihood)

    def part(piece: Experiments) -> Array:
        limits: Array = kernels.bayesian_limits(
            level, FINENESS, TAIL, piece.n_on, piece.n_off, piece.gauss, data
        )
        return limits

    return np.concatenate(list(in_threads(part, pieces(experiments, workers), workers)))


def likelihood_ratios(
    likelihood: Likelihood, experiments: Experiments, grid_g4: Array, workers: int = 1
) -> tuple[Array, Array]:
    """Give the best g4 of each pseudo-experiment and its likelihood ratio at each g4 of a grid.

    Returns
    -------
    best : (experiments,)
        Negative values included.
    ratio : (experiments, grid)
        -2 ln [L(g4) / L(best g4 >= 0)].
    """
    from helioscope.axion import experiment_kernels as kernels

    data = columns(likelihood)

    def part(piece: Experiments) -> tuple[Array, Array]:
        result: tuple[Array, Array] = kernels.statistics(
            grid_g4, piece.n_on, piece.n_off, piece.gauss, data
        )
        return result

    found = list(in_threads(part, pieces(experiments, workers), workers))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def expected_limits(
    likelihood: Likelihood, count: int, seed: int, level: float = 0.95, workers: int = 1
) -> Array:
    """Give the quantiles of the Bayesian limit on g4 without a signal, at `QUANTILES`."""
    experiments = draw(likelihood, count, np.random.default_rng(seed))
    limits = bayesian_limits(likelihood, experiments, level, workers)
    quantiles: Array = np.quantile(limits, QUANTILES)
    return quantiles


def pieces(experiments: Experiments, workers: int) -> list[Experiments]:
    """Cut pseudo-experiments into as many parts as there are workers."""
    edges = np.linspace(0, len(experiments), workers + 1).astype(int)
    return [experiments.slice(a, b) for a, b in pairwise(edges) if b > a]


def in_threads(function: Callable[[T], R], items: list[T], workers: int) -> Iterator[R]:
    """Apply a function that releases the interpreter's lock to each item, in order."""
    if workers == 1 or len(items) == 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(function, items)
