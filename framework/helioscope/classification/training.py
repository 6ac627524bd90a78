"""Training of the three kinds of model, with folds of whole blocks and held-out scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.cuts import SequentialCuts
from helioscope.classification.estimators import Classifier, Family
from helioscope.classification.features import Decorrelation, refuse_twice
from helioscope.classification.likelihood import Density, LikelihoodRatio
from helioscope.classification.model import Kind, Model, Scorer
from helioscope.classification.probability import Method, ProbabilityCurve
from helioscope.classification.profiles import energy_bins
from helioscope.classification.samples import Sample, folds
from helioscope.classification.working_point import WorkingPoints
from helioscope.errors import UsageError

Floats = NDArray[np.float64]

#: Fewer rows of a class teach nothing.
LEAST_ROWS = 100
#: No X-ray counts for more than this many of the most frequent energy.
WEIGHT_LIMIT = 8.0


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Attributes
    ----------
    family, density, probability
        Of the classifier, the likelihood ratio, and the curve to probabilities.
    energy_range_kev
        Rows outside are left out of the training.
    """

    kind: Kind
    family: Family = "boosting"
    density: Density = "binned"
    probability: Method = "sigmoid"
    folds: int = 5
    energy_range_kev: tuple[float, float] = (0.5, 12.0)
    seed: int = 0


@dataclass(frozen=True)
class Fitted:
    """Decorrelation and scorer fitted on the same rows."""

    decorrelation: Decorrelation
    scorer: Scorer

    def scores(self, values: Floats, energy_kev: Floats) -> Floats:
        """Give the score of each row, float64 (rows,)."""
        return self.scorer.scores(self.decorrelation(values, energy_kev))


@dataclass(frozen=True)
class Training:
    """A trained model beside what its held-out rows show.

    Attributes
    ----------
    sample
        The rows that were used.
    fold
        int64 (rows,): in which fold a row was held out.
    held_out
        float64 (rows,): score of each row by the model that has not seen its block.
    by_fold
        The models of the folds.
    fold_scores
        float64 (folds, rows): scores of all rows by the model of each fold.
    """

    recipe: Recipe
    model: Model
    sample: Sample
    fold: NDArray[np.int64]
    held_out: Floats
    by_fold: tuple[Fitted, ...]
    fold_scores: Floats

    def accepted(self, efficiency: float) -> NDArray[np.bool_]:
        """Decide each row by the model and the thresholds that have not seen its block."""
        accepted = np.zeros(len(self.sample), bool)
        for number, points in enumerate(self.fold_points):
            rows = self.fold == number
            accepted[rows] = points.accepted(
                self.held_out[rows], self.sample.energy_kev[rows], efficiency
            )
        return accepted

    @cached_property
    def fold_points(self) -> list[WorkingPoints]:
        """The working points of each fold's model, measured on the X-rays of the other folds."""
        xray, energy = self.sample.xray, self.sample.energy_kev
        found = []
        for number in range(len(self.by_fold)):
            rows = xray & (self.fold != number)
            found.append(
                _working_points(
                    energy[rows],
                    self.fold_scores[number][rows],
                    np.delete(self.fold_scores, number, axis=0)[:, rows],
                    _renumbered(self.fold[rows], number),
                )
            )
        return found


def train(sample: Sample, recipe: Recipe) -> Training:
    """Train a model; folds, calibration and working points keep blocks of time together.

    Each fold's model scores the blocks it has not seen. The probability curve and the
    thresholds are measured on these scores; the model itself is then trained on everything.

    Parameters
    ----------
    sample
        Rows of both classes, in at least two blocks each.
    recipe
        What to train.

    Raises
    ------
    UsageError
        Where a class has too few usable rows or blocks, or a feature is named twice.
    """
    refuse_twice(sample.features)
    used = sample.usable(recipe.energy_range_kev)
    _refuse_too_few(used, recipe)
    fold = folds(used, recipe.folds)
    by_fold = [_fitted(used.taken(fold != number), recipe) for number in range(fold.max() + 1)]
    fold_scores = np.array([fitted.scores(used.values, used.energy_kev) for fitted in by_fold])
    held_out = fold_scores[fold, np.arange(len(used))]
    final = _fitted(used, recipe)
    curve = ProbabilityCurve.fitted(held_out, used.xray, class_weights(used), recipe.probability)
    xray = used.xray
    own = final.scores(used.values[xray], used.energy_kev[xray])
    points = _working_points(used.energy_kev[xray], own, fold_scores[:, xray], fold[xray])
    model = Model(recipe.kind, used.features, final.decorrelation, final.scorer, curve, points)
    return Training(recipe, model, used, fold, held_out, tuple(by_fold), fold_scores)


def _working_points(
    energy_kev: Floats, own: Floats, fold_scores: Floats, fold: NDArray[np.int64]
) -> WorkingPoints:
    """Measure thresholds of a model on X-rays, most of which it was trained on.

    ``own`` are its scores; ``fold_scores`` (folds, rows) those of the models of the folds, in
    ``fold`` the one that has not seen a row. What these give for rows seen and unseen tells
    how far the own scores are too good.
    """
    number = np.arange(len(fold_scores))[:, None]
    unseen = fold_scores[fold, np.arange(len(fold))]
    seen = np.where(fold[None, :] != number, fold_scores, np.nan)
    return WorkingPoints.measured(energy_kev, own, seen, unseen)


def _renumbered(fold: NDArray[np.int64], without: int) -> NDArray[np.int64]:
    return fold - (fold > without)


def class_weights(sample: Sample) -> Floats:
    """Weigh rows so that X-rays of every energy, and then both classes, count alike.

    Returns
    -------
    float64 (rows,)
        With a mean of one. A rare energy is raised by no more than `WEIGHT_LIMIT`.
    """
    weights = np.ones(len(sample))
    xrays = np.flatnonzero(sample.xray)
    bins = energy_bins(sample.energy_kev[xrays])
    most = max(len(rows) for rows in bins)
    for rows in bins:
        weights[xrays[rows]] = min(most / len(rows), WEIGHT_LIMIT)
    for label in (True, False):
        rows = sample.xray == label
        weights[rows] *= len(sample) / 2 / weights[rows].sum()
    return weights


def _fitted(sample: Sample, recipe: Recipe) -> Fitted:
    xray = sample.xray
    decorrelation = Decorrelation.fitted(
        sample.features, sample.values[xray], sample.energy_kev[xray]
    )
    deviations = decorrelation(sample.values, sample.energy_kev)
    return Fitted(decorrelation, _scorer(sample, deviations, recipe))


def _scorer(sample: Sample, deviations: Floats, recipe: Recipe) -> Scorer:
    weights = class_weights(sample)
    if recipe.kind == "cuts":
        return SequentialCuts.fitted(sample.features, deviations[sample.xray])
    if recipe.kind == "likelihood":
        return LikelihoodRatio.fitted(deviations, sample.xray, weights, recipe.density)
    return Classifier.fitted(deviations, sample.xray, weights, recipe.family, recipe.seed)


def _refuse_too_few(sample: Sample, recipe: Recipe) -> None:
    counts = {"X-rays": int(sample.xray.sum()), "background": int((~sample.xray).sum())}
    few = [f"{number} rows of {name}" for name, number in counts.items() if number < LEAST_ROWS]
    if few:
        low, high = recipe.energy_range_kev
        raise UsageError(
            where="training sample",
            found=f"{' and '.join(few)} with finite features from {low:g} to {high:g} keV",
            expected=f"at least {LEAST_ROWS} of each",
            remedy="add runs, or look why observables are not finite",
        )
