"""Frequentist intervals for comparison: Feldman-Cousins and CLs, from pseudo-experiments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.likelihood import Likelihood
from helioscope.axion.pseudo_experiments import Experiments, draw, likelihood_ratios

Array = NDArray[np.float64]

#: Points of the belt in g4.
GRID_POINTS = 49


@dataclass(frozen=True)
class Belt:
    """What pseudo-experiments give for each true g4 of a grid.

    Attributes
    ----------
    grid
        (m,) g4 in units of 1e-40 per GeV^4, from 0.
    critical
        (m,) the likelihood ratio that a share `level` of the pseudo-experiments stays below.
    with_signal, without_signal
        (m, toys) sorted one-sided test statistics for each g4, drawn with that g4 and with none.
    level
        Confidence level.
    """

    grid: Array
    critical: Array
    with_signal: Array
    without_signal: Array
    level: float


def one_sided(best: Array, ratio: Array, grid: Array) -> Array:
    """Give the statistic for upper limits: the ratio, or 0 where the best g4 lies above the tested.

    Cowan et al., Eur. Phys. J. C 71 (2011) 1554, eq. 16.
    """
    return np.where(best[:, None] > grid[None, :], 0.0, ratio)


def build_belt(
    likelihood: Likelihood,
    highest_g4: float,
    toys: int = 4000,
    seed: int = 1,
    level: float = 0.95,
    workers: int = 1,
) -> Belt:
    """Draw the pseudo-experiments of a Neyman construction.

    Parameters
    ----------
    likelihood
        The measurement; its background is taken as the truth.
    highest_g4
        Upper end of the grid, well above the limits to be found.
    toys
        Pseudo-experiments for each g4.
    seed
        Of the random numbers.
    level
        Confidence level.
    workers
        Threads.
    """
    grid = np.linspace(0.0, highest_g4, GRID_POINTS)
    generator = np.random.default_rng(seed)
    none = draw(likelihood, toys, generator)
    best, ratio = likelihood_ratios(likelihood, none, grid, workers)
    without = np.sort(one_sided(best, ratio, grid).T, axis=1)
    critical = np.empty(grid.size)
    signal = np.empty_like(without)
    for index, g4 in enumerate(grid):
        drawn = draw(likelihood, toys, generator, float(g4))
        best, ratio = likelihood_ratios(likelihood, drawn, grid[index : index + 1], workers)
        critical[index] = np.quantile(ratio[:, 0], level, method="higher")
        signal[index] = np.sort(one_sided(best, ratio, grid[index : index + 1])[:, 0])
    return Belt(grid, critical, signal, without, level)


def feldman_cousins(belt: Belt, ratio: Array) -> tuple[Array, Array]:
    """Give the interval in g4 by Feldman and Cousins, Phys. Rev. D 57 (1998) 3873.

    Parameters
    ----------
    belt
        The Neyman construction.
    ratio
        (experiments, grid) likelihood ratios of the data.

    Returns
    -------
    lower, upper : (experiments,)
        Where the ratio crosses the critical value, linear between the points of the grid.
    """
    margin = belt.critical[None, :] - ratio
    inside = margin >= 0
    first = inside.argmax(axis=1)
    last = inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)
    lower = _crossing(belt.grid, margin, np.maximum(first - 1, 0), first)
    upper = _crossing(belt.grid, margin, last, np.minimum(last + 1, belt.grid.size - 1))
    return np.where(first == 0, 0.0, lower), upper


def cls_limits(belt: Belt, best: Array, ratio: Array) -> Array:
    """Give the upper limit on g4 by CLs (Read, J. Phys. G 28 (2002) 2693).

    CLs = p(signal + background) / p(background) of the one-sided statistic falls below 1 - level.

    Parameters
    ----------
    belt
        The Neyman construction.
    best, ratio
        (experiments,) best fits and (experiments, grid) likelihood ratios of the data.
    """
    observed = one_sided(best, ratio, belt.grid)
    values = np.ones_like(observed)
    for index in range(belt.grid.size):
        seen = observed[:, index]
        values[:, index] = _tail(belt.with_signal[index], seen) / np.maximum(
            _tail(belt.without_signal[index], seen), 1e-9
        )
    # Pseudo-experiments are finite: a small rise of CLs with g4 is noise.
    margin = np.minimum.accumulate(values, axis=1) - (1.0 - belt.level)
    above = margin > 0
    last = above.shape[1] - 1 - above[:, ::-1].argmax(axis=1)
    return _crossing(belt.grid, margin, last, np.minimum(last + 1, belt.grid.size - 1))


def observed_ratios(likelihood: Likelihood, belt: Belt) -> tuple[Array, Array]:
    """Give best fit and likelihood ratios of the data themselves, as one experiment."""
    data = Experiments(
        likelihood.n_on[None, :], likelihood.n_off[None, :], np.array([likelihood.gauss_best])
    )
    return likelihood_ratios(likelihood, data, belt.grid)


def _tail(drawn: Array, seen: Array) -> Array:
    """Give the share of sorted statistics that are at least as large as those seen."""
    share: Array = 1.0 - np.searchsorted(drawn, seen - 1e-9, "left") / drawn.size
    return share


def _crossing(grid: Array, margin: Array, low: Array, high: Array) -> Array:
    """Interpolate where the margin crosses zero between two points of the grid, row by row."""
    rows = np.arange(margin.shape[0])
    a, b = margin[rows, low], margin[rows, high]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(a == b, 0.0, a / (a - b))
    crossing: Array = grid[low] + np.clip(share, 0.0, 1.0) * (grid[high] - grid[low])
    return crossing
