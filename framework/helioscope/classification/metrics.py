"""Figures of merit on held-out rows, with their errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.training import Training

Floats = NDArray[np.float64]

#: Central probability of one standard deviation.
ONE_SIGMA = 0.682689


class Share(NamedTuple):
    """A share with its Clopper–Pearson interval."""

    value: float
    low: float
    high: float
    passed: int
    total: int


class Efficiency(NamedTuple):
    """The X-ray efficiency in one bin of energy."""

    low_kev: float
    high_kev: float
    share: Share


@dataclass(frozen=True)
class Roc:
    """Background accepted against X-ray efficiency.

    Attributes
    ----------
    nominal
        float64 (n,): the efficiencies asked for.
    efficiency, efficiency_err
        float64 (n,): those measured on held-out X-rays, errors from a bootstrap of blocks.
    background, background_low, background_high
        float64 (n,): share of held-out background accepted, with its interval: the wider one
        of Clopper–Pearson's and of the bootstrap of blocks.
    """

    nominal: Floats
    efficiency: Floats
    efficiency_err: Floats
    background: Floats
    background_low: Floats
    background_high: Floats


def share(passed: int, total: int, level: float = ONE_SIGMA) -> Share:
    """Give a share with its interval (C. Clopper and E. Pearson, 1934)."""
    from scipy.special import betaincinv

    if total == 0:
        return Share(float("nan"), 0.0, 1.0, 0, 0)
    tail = (1 - level) / 2
    low = 0.0 if passed == 0 else float(betaincinv(passed, total - passed + 1, tail))
    high = 1.0 if passed == total else float(betaincinv(passed + 1, total - passed, 1 - tail))
    return Share(passed / total, low, high, passed, total)


def rejection(training: Training, efficiency: float) -> Share:
    """Give the share of held-out background accepted; its inverse is the rejection factor."""
    background = ~training.sample.xray
    accepted = training.accepted(efficiency) & background
    return share(int(accepted.sum()), int(background.sum()))


def efficiency_by_energy(
    training: Training, efficiency: float, edges_kev: Sequence[float]
) -> list[Efficiency]:
    """Measure the efficiency for held-out X-rays in bins of energy; empty bins are left out."""
    sample = training.sample
    accepted = training.accepted(efficiency)
    found = []
    for low, high in pairwise(edges_kev):
        rows = sample.xray & (sample.energy_kev >= low) & (sample.energy_kev < high)
        if rows.any():
            passed = int(accepted[rows].sum())
            found.append(Efficiency(low, high, share(passed, int(rows.sum()))))
    return found


def roc(training: Training, nominal: Sequence[float], resamplings: int = 200) -> Roc:
    """Measure the curve on held-out rows, at thresholds made from the other folds."""
    sample = training.sample
    points = training.fold_points
    accepted = np.zeros((len(nominal), len(sample)), bool)
    for number, point in enumerate(points):
        rows = np.flatnonzero(training.fold == number)
        scores, energy = training.held_out[rows], sample.energy_kev[rows]
        for index, efficiency in enumerate(nominal):
            accepted[index, rows] = point.accepted(scores, energy, efficiency)
    rng = np.random.default_rng(training.recipe.seed)
    xray, background = (
        _by_block(accepted[:, rows], sample.block[rows]) for rows in (sample.xray, ~sample.xray)
    )
    xray_spread, spread = (_bootstrap(*side, resamplings, rng) for side in (xray, background))
    total = int(background[1].sum())
    passed = background[0].sum(axis=1)
    shares = [share(int(number), total) for number in passed]
    mean = passed / total
    return Roc(
        nominal=np.asarray(nominal, np.float64),
        efficiency=xray[0].sum(axis=1) / xray[1].sum(),
        efficiency_err=xray_spread,
        background=mean,
        background_low=np.maximum(0, np.minimum([item.low for item in shares], mean - spread)),
        background_high=np.maximum([item.high for item in shares], mean + spread),
    )


def area_under_curve(
    scores: Floats, xray: NDArray[np.bool_], weights: Floats | None = None
) -> float:
    """Give the probability that an X-ray scores above background; ties count half."""
    used = np.ones(len(scores)) if weights is None else weights
    _, place = np.unique(scores, return_inverse=True)
    background = np.bincount(place, used * ~xray)
    signal = np.bincount(place, used * xray)
    below = np.cumsum(background) - background / 2
    return float((signal * below).sum() / (signal.sum() * background.sum()))


def _by_block(accepted: NDArray[np.bool_], block: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Count accepted rows (thresholds, blocks) and all rows (blocks,)."""
    _, place = np.unique(block, return_inverse=True)
    total = np.bincount(place).astype(np.float64)
    passed = np.array([np.bincount(place, row, len(total)) for row in accepted])
    return passed, total


def _bootstrap(passed: Floats, total: Floats, resamplings: int, rng: np.random.Generator) -> Floats:
    """Give the standard deviation of the share when blocks are drawn anew."""
    drawn = rng.multinomial(len(total), np.full(len(total), 1 / len(total)), resamplings)
    spread: Floats = ((drawn @ passed.T) / (drawn @ total)[:, None]).std(axis=0)
    return spread
