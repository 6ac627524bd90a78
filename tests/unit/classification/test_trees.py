"""The walk over trees against scikit-learn's own, and what it refuses."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier

from helioscope.classification.trees import Forest


def fitted(seed: int, rows: int = 600, features: int = 4, **changed: object) -> tuple:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, features)).round(2)
    classes = values[:, 0] * values[:, 1] + rng.normal(size=rows) > 0
    chosen = {"max_iter": 12, "early_stopping": False, "random_state": 0, **changed}
    return HistGradientBoostingClassifier(**chosen).fit(values, classes), values


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    leaves=st.integers(2, 40),
    depth=st.one_of(st.none(), st.integers(1, 8)),
    rows=st.integers(0, 1100),
)
def test_scores_equal_those_of_scikit_learn(seed: int, leaves: int, depth: int, rows: int) -> None:
    model, known = fitted(seed, max_leaf_nodes=leaves, max_depth=depth, min_samples_leaf=5)
    fresh = np.random.default_rng(seed + 1).normal(size=(rows, 4)).round(2)
    fresh[: rows // 2] = known[np.arange(rows // 2) % len(known)]  # values on thresholds too
    walked = Forest.of(model).scores(fresh)
    expected = model.decision_function(fresh) if rows else np.zeros(0)
    np.testing.assert_allclose(walked, expected, rtol=0, atol=1e-12)
    if rows:
        share = 1 / (1 + np.exp(-walked))
        np.testing.assert_allclose(share, model.predict_proba(fresh)[:, 1], rtol=0, atol=1e-6)


def test_rows_in_any_layout_give_the_same() -> None:
    model, values = fitted(3)
    forest = Forest.of(model)
    np.testing.assert_array_equal(
        forest.scores(np.asfortranarray(values)), forest.scores(values.copy())
    )
    with pytest.raises(ValueError, match="4 features"):
        forest.scores(values[:, :3])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left", 10**6),
        ("right", 0),
        ("left", 0),
        ("feature_idx", 4),
        ("feature_idx", -1),
        ("num_threshold", np.nan),
        ("is_categorical", 1),
    ],
)
def test_damaged_trees_are_refused_before_they_are_walked(field: str, value: float) -> None:
    model, _ = fitted(4)
    damaged = copy.deepcopy(model)
    nodes = damaged._predictors[3][0].nodes
    inner = np.flatnonzero(nodes["is_leaf"] == 0)[1]
    nodes[field][inner] = value
    with pytest.raises(ValueError, match="tree"):
        Forest.of(damaged)


def test_a_leaf_that_is_not_finite_is_refused() -> None:
    model, _ = fitted(4)
    nodes = model._predictors[0][0].nodes
    nodes["value"][np.flatnonzero(nodes["is_leaf"])[0]] = np.inf
    with pytest.raises(ValueError, match="finite"):
        Forest.of(model)


def test_two_parents_of_one_child_are_refused() -> None:
    model, _ = fitted(4)
    nodes = model._predictors[0][0].nodes
    inner = np.flatnonzero(nodes["is_leaf"] == 0)[0]
    nodes["right"][inner] = nodes["left"][inner]
    with pytest.raises(ValueError, match="shared"):
        Forest.of(model)


def test_more_than_two_classes_are_refused() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 2))
    model = HistGradientBoostingClassifier(max_iter=3, early_stopping=False)
    model.fit(values, np.digitize(values[:, 0], (-0.5, 0.5)))
    with pytest.raises(ValueError, match="two classes"):
        Forest.of(model)
