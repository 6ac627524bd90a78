"""Cuts at quantiles and likelihood ratios, against distributions that are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helioscope.classification.cuts import SequentialCuts
from helioscope.classification.features import Feature
from helioscope.classification.likelihood import LikelihoodRatio
from helioscope.classification.training import Training

BOTH = Feature("a")


def test_a_two_sided_cut_keeps_the_quantiles_it_names() -> None:
    rng = np.random.default_rng(1)
    cuts = SequentialCuts.fitted((BOTH,), rng.normal(size=(50_000, 1)))
    scores = np.exp(cuts.scores(np.array([[0.0], [1.0], [-1.0], [1.95996], [-3.2905]])))
    np.testing.assert_allclose(scores, [1.0, 0.3173, 0.3173, 0.05, 0.001], atol=0.012)


def test_one_sided_cuts_leave_the_other_side_alone() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(20_000, 2))
    cuts = SequentialCuts.fitted((Feature("a", "upper"), Feature("b", "lower")), values)
    central = cuts.centralities(np.array([[-2.0, 2.0], [2.0, -2.0]]))
    np.testing.assert_allclose(central, [[0.977, 0.977], [0.0228, 0.0228]], atol=0.01)


def test_whole_numbers_are_cut_between_values() -> None:
    """90 of 100 X-rays have one cluster: one cluster is never cut, two at 10 %."""
    values = np.repeat([1.0, 2.0, 3.0], [90, 8, 2])[:, None]
    cuts = SequentialCuts.fitted((Feature("clusters", "upper"),), values)
    np.testing.assert_allclose(
        cuts.centralities(np.array([[1.0], [2.0], [3.0], [4.0]]))[:, 0], [1.0, 0.1, 0.02, 0.0]
    )


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), shift=st.floats(-50, 50), scale=st.floats(0.01, 100))
def test_cuts_do_not_depend_on_the_unit(seed: int, shift: float, scale: float) -> None:
    rng = np.random.default_rng(seed)
    known, fresh = rng.normal(size=(300, 2)), rng.normal(size=(50, 2))
    features = (BOTH, Feature("b", "upper"))
    plain = SequentialCuts.fitted(features, known).scores(fresh)
    moved = SequentialCuts.fitted(features, known * scale + shift).scores(fresh * scale + shift)
    np.testing.assert_allclose(plain, moved, atol=1e-6)


def test_the_cut_flow_counts_each_cut() -> None:
    rng = np.random.default_rng(3)
    features = (Feature("a", "upper"), Feature("b", "upper"))
    cuts = SequentialCuts.fitted(features, rng.uniform(size=(10_000, 2)))
    rows = np.array([[0.5, 0.5], [0.95, 0.5], [0.5, 0.95], [0.95, 0.95]])
    flow = cuts.flow(features, rows, np.full(4, np.log(0.1)))
    assert [(c.cut, c.passed_alone, c.remaining) for c in flow] == [("a", 2, 2), ("b", 2, 1)]


def test_the_last_line_of_the_flow_is_the_decision(trained: dict[str, Training]) -> None:
    training = trained["cuts"]
    model, sample = training.model, training.sample
    deviations = model.decorrelation(sample.values, sample.energy_kev)
    threshold = model.working_points.threshold(sample.energy_kev, 0.8)
    flow = model.scorer.flow(sample.features, deviations, threshold)
    accepted = model.judged(sample.values, sample.energy_kev, 0.8).accepted
    assert flow[-1].remaining == accepted.sum()
    remaining = [count.remaining for count in flow]
    assert remaining == sorted(remaining, reverse=True)


@pytest.mark.parametrize("density", ["binned", "kernel"])
def test_the_ratio_of_two_gaussians(density: str) -> None:
    """ln N(x; 0, 1) / N(x; 2, 1) = 2 - 2 x, for each of two independent features."""
    rng = np.random.default_rng(4)
    xray = np.arange(80_000) < 40_000
    values = rng.normal(size=(80_000, 2)) + np.where(xray, 0.0, 2.0)[:, None]
    ratio = LikelihoodRatio.fitted(values, xray, np.ones(80_000), density)
    x = np.linspace(-1, 3, 9)
    found = ratio.scores(np.column_stack((x, np.ones(9)))) - ratio.scores(np.ones((1, 2))) / 2
    np.testing.assert_allclose(found, 2 - 2 * x, atol=0.35)
    middle = ratio.scores(np.full((1, 2), 1.0))
    assert abs(middle[0]) < 0.25


@pytest.mark.parametrize("density", ["binned", "kernel"])
def test_weights_act_as_more_rows(density: str) -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(2000, 1)).round(1)
    xray = np.arange(2000) < 1000
    weights = rng.integers(1, 4, 2000)
    if density == "binned":
        weighed = LikelihoodRatio.fitted(values, xray, weights.astype(float), density)
        edges = weighed.edges[0]
        place = np.searchsorted(edges, values[:, 0], "right")
        shares = [
            np.bincount(place[side], weights[side], len(edges) + 1) / weights[side].sum()
            for side in (xray, ~xray)
        ]
        seen = (shares[0] > 0.01) & (shares[1] > 0.01)
        np.testing.assert_allclose(
            weighed.log_ratio[0][seen], np.log(shares[0] / shares[1])[seen], atol=0.1
        )
    else:
        same = [
            LikelihoodRatio.fitted(values, xray, np.full(2000, w), density).log_ratio[0]
            for w in (1.0, 3.0)
        ]
        np.testing.assert_allclose(*same, atol=1e-9)


@pytest.mark.parametrize("density", ["binned", "kernel"])
def test_far_and_constant_values_stay_finite(density: str) -> None:
    rng = np.random.default_rng(6)
    values = np.column_stack((rng.normal(size=400), np.full(400, 7.0)))
    ratio = LikelihoodRatio.fitted(values, np.arange(400) < 200, np.ones(400), density)
    assert np.isfinite(ratio.scores(np.array([[1e9, -1e9], [-1e9, 7.0]]))).all()


def test_plain_values_hold_all_of_it(trained: dict[str, Training]) -> None:
    for kind, of in (("cuts", SequentialCuts), ("likelihood", LikelihoodRatio)):
        scorer = trained[kind].model.scorer
        again = of.from_dict(json.loads(json.dumps(scorer.as_dict())))
        rows = np.random.default_rng(0).normal(size=(100, 7))
        np.testing.assert_array_equal(again.scores(rows), scorer.scores(rows))


@pytest.mark.parametrize(
    "damage",
    [
        lambda plain: plain["log_ratio"][0].append(0.0),
        lambda plain: plain["edges"].pop(),
        lambda plain: plain["log_ratio"][0].__setitem__(0, float("nan")),
        lambda plain: plain.update(density="unknown"),
    ],
)
def test_a_damaged_ratio_is_refused(
    trained: dict[str, Training], damage: Callable[[dict[str, Any]], None]
) -> None:
    plain = json.loads(json.dumps(trained["likelihood"].model.scorer.as_dict()))
    damage(plain)
    with pytest.raises((ValueError, KeyError)):
        LikelihoodRatio.from_dict(plain)
