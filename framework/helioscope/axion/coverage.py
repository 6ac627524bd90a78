"""How often each kind of limit covers the true coupling, on pseudo-experiments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope.axion import pseudo_experiments
from helioscope.axion.intervals import build_belt, cls_limits, feldman_cousins
from helioscope.axion.likelihood import Likelihood

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Coverage:
    """A share of pseudo-experiments with its binomial error.

    Attributes
    ----------
    kind
        ``bayesian``, ``cls`` or ``feldman-cousins``.
    signal
        True g4 as a multiple of the expected limit.
    covered, error
        The share whose interval holds the true g4; without a signal, the share in which the
        background alone is rejected.
    """

    kind: str
    signal: float
    covered: float
    error: float


def study_coverage(
    likelihood: Likelihood,
    experiments: int = 2000,
    seed: int = 2004,
    level: float = 0.95,
    signals: tuple[float, ...] = (0.5, 1.0),
    workers: int = 1,
) -> tuple[float, list[Coverage]]:
    """Measure the coverage of the three kinds of limit.

    Parameters
    ----------
    likelihood
        The measurement; its background is the truth.
    experiments
        Pseudo-experiments for each true signal.
    seed
        Of the random numbers.
    level
        Level of the limits.
    signals
        True signals as multiples of the expected limit on g4.
    workers
        Threads.

    Returns
    -------
    float
        The expected (median) limit on g4, in units of 1e-40 per GeV^4.
    list of Coverage
        For each kind and signal, then the rejection of the background at no signal.
    """
    quantiles = pseudo_experiments.expected_limits(likelihood, experiments, seed, level, workers)
    expected, highest = float(quantiles[2]), float(quantiles[4])
    belt = build_belt(likelihood, 3.0 * highest, seed=seed + 1, level=level, workers=workers)
    generator = np.random.default_rng(seed + 2)
    found = []
    for signal in signals:
        truth = signal * expected
        drawn = pseudo_experiments.draw(likelihood, experiments, generator, truth)
        bayesian = pseudo_experiments.bayesian_limits(likelihood, drawn, level, workers)
        best, ratio = pseudo_experiments.likelihood_ratios(likelihood, drawn, belt.grid, workers)
        lower, upper = feldman_cousins(belt, ratio)
        shares = {
            "bayesian": bayesian >= truth,
            "cls": cls_limits(belt, best, ratio) >= truth,
            "feldman-cousins": (lower <= truth) & (truth <= upper),
        }
        found += [_share(kind, signal, hits) for kind, hits in shares.items()]
    drawn = pseudo_experiments.draw(likelihood, experiments, generator)
    _, ratio = pseudo_experiments.likelihood_ratios(likelihood, drawn, belt.grid[:1], workers)
    rejected = ratio[:, 0] > belt.critical[0]
    return expected, [*found, _share("feldman-cousins", 0.0, rejected)]


def _share(kind: str, signal: float, hits: NDArray[np.bool_]) -> Coverage:
    """Give a share with its error; at 0 or 1 of n, that of one missing experiment."""
    share = float(hits.mean())
    spread = max(share * (1.0 - share), 1.0 / hits.size)
    return Coverage(kind, signal, share, float(np.sqrt(spread / hits.size)))
