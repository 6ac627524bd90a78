"""Permutation importance: how much more background passes without what a feature tells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.training import Training, class_weights

Floats = NDArray[np.float64]


class Importance(NamedTuple):
    """Background accepted with a feature permuted, over that with the feature as it is."""

    feature: str
    growth: float
    error: float


def permutation_importance(
    training: Training, efficiency: float, repeats: int = 3
) -> list[Importance]:
    """Measure the importance of each feature on held-out rows (L. Breiman, 2001).

    In each fold the feature's deviations are replaced by those of rows drawn from the same
    fold, from both classes alike, and the fold's model scores again. The X-ray efficiency is
    brought back to the nominal one before background is counted.

    Returns
    -------
    list of Importance
        In the order of the features; the error joins the scatter of the repeats and the
        number of background rows that passed.
    """
    rng = np.random.default_rng(training.recipe.seed)
    whole = _accepted_background(training, training.held_out, efficiency)
    deviations, found = _deviations(training), []
    for column, feature in enumerate(training.sample.features):
        passed = np.array(
            [
                _accepted_background(
                    training, _permuted(training, deviations, column, rng), efficiency
                )
                for _ in range(repeats)
            ]
        )
        growth = float(passed.mean() / max(whole, 1.0))
        counted = 1 / max(whole, 1.0) + 1 / max(float(passed.mean()), 1.0)
        scatter = float(passed.std(ddof=1)) / np.sqrt(repeats) / max(whole, 1.0)
        error = float(np.hypot(scatter, growth * np.sqrt(counted)))
        found.append(Importance(feature.name, growth, error))
    return found


def _permuted(
    training: Training, deviations: Floats, column: int, rng: np.random.Generator
) -> Floats:
    scores, weights = np.empty(len(training.sample)), class_weights(training.sample)
    for number, fitted in enumerate(training.by_fold):
        rows = np.flatnonzero(training.fold == number)
        donors = rng.choice(rows, len(rows), p=weights[rows] / weights[rows].sum())
        changed = deviations[rows]
        changed[:, column] = deviations[donors, column]
        scores[rows] = fitted.scorer.scores(changed)
    return scores


def _deviations(training: Training) -> Floats:
    sample = training.sample
    deviations = np.empty(sample.values.shape)
    for number, fitted in enumerate(training.by_fold):
        rows = training.fold == number
        deviations[rows] = fitted.decorrelation(sample.values[rows], sample.energy_kev[rows])
    return deviations


def _accepted_background(training: Training, scores: Floats, efficiency: float) -> float:
    """Count background above the quantile of X-rays, fold by fold."""
    passed = 0
    for number in range(len(training.by_fold)):
        rows = training.fold == number
        xray = scores[rows & training.sample.xray]
        background = scores[rows & ~training.sample.xray]
        passed += int((background >= np.quantile(xray, 1 - efficiency)).sum())
    return float(passed)
