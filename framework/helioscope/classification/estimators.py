"""Classifiers of scikit-learn behind one function from deviations to a score."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.likelihood import LikelihoodRatio
from helioscope.classification.trees import Forest

Floats = NDArray[np.float64]
Family = Literal["boosting", "mlp", "logistic"]

#: Scores are log-odds; a probability of exactly 0 or 1 is held at this.
LIMIT = 36.0
#: Brings likelihood ratios to the size of the deviations.
RATIO_SCALE = 10.0


@dataclass(frozen=True)
class Classifier:
    """A fitted estimator whose score is the logarithm of the odds of an X-ray.

    It sees the deviations and, beside them, their log-likelihood ratio: what the features tell
    one by one need not be learnt from few rows again, only what they tell together. Boosted
    trees are walked by `trees.Forest`; MLP and logistic regression are matrix products, which
    scikit-learn does faster than any loop of ours.
    """

    family: Family
    ratio: LikelihoodRatio
    estimator: Any
    forest: Forest | None = field(default=None, repr=False)

    @classmethod
    def around(cls, family: Family, ratio: LikelihoodRatio, estimator: Any) -> Classifier:
        """Take a fitted estimator; ValueError where it is damaged or of another family."""
        expected = {
            "boosting": "HistGradientBoostingClassifier",
            "mlp": "MLPClassifier",
            "logistic": "LogisticRegression",
        }[family]
        if type(estimator).__name__ != expected:
            raise ValueError(f"the model is a {type(estimator).__name__}, not a {expected}")
        if list(estimator.classes_) != [0, 1]:
            raise ValueError("the model does not tell class 1 from class 0")
        forest = Forest.of(estimator) if family == "boosting" else None
        return cls(family, ratio, estimator, forest)

    @classmethod
    def fitted(
        cls,
        deviations: Floats,
        xray: NDArray[np.bool_],
        weights: Floats,
        family: Family = "boosting",
        seed: int = 0,
    ) -> Classifier:
        """Train on deviations (rows, features); the same seed gives the same model."""
        from threadpoolctl import threadpool_limits

        estimator = _estimator(family, seed)
        ratio = LikelihoodRatio.fitted(deviations, xray, weights)
        design = _design(family, ratio, deviations)
        with warnings.catch_warnings(), threadpool_limits(1):
            # One thread: sums run in one order on every machine. The number of passes of the
            # MLP is fixed on purpose; scikit-learn warns of it.
            warnings.filterwarnings("ignore", message=".*Maximum iterations.*")
            estimator.fit(design, xray.astype(np.int64), sample_weight=weights)
        return cls.around(family, ratio, estimator)

    def scores(self, deviations: Floats) -> Floats:
        """Give the log-odds of each row, float64 (rows,)."""
        if not len(deviations):
            return np.zeros(0)
        design = _design(self.family, self.ratio, deviations)
        if self.forest is not None:
            return self.forest.scores(design)
        if self.family == "logistic":
            return np.asarray(self.estimator.decision_function(design), np.float64)
        share = self.estimator.predict_proba(design)
        with np.errstate(divide="ignore"):
            odds = np.log(share[:, 1]) - np.log(share[:, 0])
        return np.asarray(np.clip(odds, -LIMIT, LIMIT), np.float64)


def _design(family: Family, ratio: LikelihoodRatio, deviations: Floats) -> Floats:
    """Add the likelihood ratio, and for the linear model squares: background lies on both sides."""
    columns = [deviations, ratio.scores(deviations)[:, None] / RATIO_SCALE]
    if family == "logistic":
        columns.append(deviations**2)
    return np.concatenate(columns, axis=1)


def _estimator(family: Family, seed: int) -> Any:
    """Build an unfitted estimator; none stops early, as that would split by shuffled events."""
    if family == "boosting":
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            learning_rate=0.08, max_iter=120, max_leaf_nodes=24, max_depth=6,
            min_samples_leaf=30, l2_regularization=1.0, max_bins=64,
            early_stopping=False, random_state=seed,
        )  # fmt: skip
    if family == "mlp":
        from sklearn.neural_network import MLPClassifier

        return MLPClassifier(
            hidden_layer_sizes=(32, 16), alpha=1e-3, batch_size=512, learning_rate_init=2e-3,
            max_iter=40, tol=0.0, n_iter_no_change=40, early_stopping=False, random_state=seed,
        )  # fmt: skip
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, max_iter=500, random_state=seed)
