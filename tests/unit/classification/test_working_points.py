"""Decorrelation, thresholds held flat in energy, probabilities."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from tests.unit.classification import toys

from helioscope.classification.features import Decorrelation, Feature, refuse_twice
from helioscope.classification.probability import ProbabilityCurve
from helioscope.classification.profiles import EnergyProfile, energy_bins
from helioscope.classification.training import Recipe, Training, train
from helioscope.classification.working_point import EFFICIENCIES, WorkingPoints
from helioscope.errors import UsageError

LINES_KEV = (1.5, 3.0, 4.5, 5.9, 8.0)


def test_deviations_do_not_know_the_energy() -> None:
    """A location as ln E and a width as a power of E, known at two lines, vanish at others."""
    rng = np.random.default_rng(1)

    def observed(energy: np.ndarray) -> np.ndarray:
        noise = rng.normal(size=len(energy)) * 0.4 * energy**-0.5
        return (3 + 2 * np.log(energy) + noise)[:, None]

    lines = np.repeat((3.0, 5.9), 20_000)
    fitted = Decorrelation.fitted((Feature("a"),), observed(lines), lines)
    for energy in (1.6, 3.0, 4.2, 5.9, 9.0):
        deviations = np.sinh(fitted(observed(np.full(20_000, energy)), np.full(20_000, energy)))
        assert np.median(deviations) == pytest.approx(0, abs=0.08)
        assert deviations.std() == pytest.approx(1, abs=0.05)


def test_a_feature_that_does_not_follow_the_energy_is_only_scaled() -> None:
    rng = np.random.default_rng(2)
    energy = np.repeat((3.0, 5.9), 1000)
    values = np.column_stack((rng.normal(size=2000) * energy, np.ones(2000)))
    features = (Feature("a", follows_energy=False), Feature("constant"))
    fitted = Decorrelation.fitted(features, values, energy)
    first, second = (fitted(np.array([[2.0, 1.0]]), np.array([e])) for e in (1.0, 9.0))
    np.testing.assert_array_equal(first, second)
    assert first[0, 1] == 0


def test_one_group_for_each_line_and_several_for_a_continuum() -> None:
    rng = np.random.default_rng(3)
    lines = np.concatenate((rng.normal(3, 0.1, 2000), rng.normal(5.9, 0.15, 5000)))
    assert [len(rows) for rows in energy_bins(lines)] == [2000, 5000]
    groups = energy_bins(rng.uniform(1, 10, 5000))
    assert 8 <= len(groups) <= 14
    assert min(len(rows) for rows in groups) >= 150
    assert len(np.unique(np.concatenate(groups))) == 5000
    assert len(energy_bins(np.full(30, 5.9))) == 1


@settings(max_examples=60, deadline=None)
@given(
    nodes=st.lists(st.floats(0.5, 12), min_size=1, max_size=8, unique=True), seed=st.integers(0, 99)
)
def test_profiles_pass_through_their_nodes_and_stay_bounded(nodes: list[float], seed: int) -> None:
    log = np.sort(np.log(nodes))
    log = log[np.concatenate(([True], np.diff(log) > 1e-3))]
    value = np.random.default_rng(seed).normal(size=(len(log), 2))
    held = EnergyProfile.through(log, value, extrapolated=False)
    np.testing.assert_allclose(held.at(np.exp(log)), value, atol=1e-9)
    anywhere = held.at(np.array([1e-9, 0.3, 2.0, 40.0, np.nan, np.inf]))
    assert (anywhere >= value.min(axis=0) - 1e-9).all()
    assert (anywhere <= value.max(axis=0) + 1e-9).all()
    plain = json.loads(json.dumps(held.as_dict()))
    np.testing.assert_array_equal(EnergyProfile.from_dict(plain).value, value)


@pytest.mark.parametrize("kind", ["cuts", "likelihood", "classifier"])
def test_the_efficiency_is_flat_in_energy(trained: dict[str, Training], kind: str) -> None:
    rng = np.random.default_rng(4)
    for line in LINES_KEV:
        true = np.full(6000, line)
        values, energy = toys.xrays(rng, true, 0.0), toys.smeared(rng, true, 1.0)
        accepted = trained[kind].model.judged(values, energy, 0.8).accepted
        assert accepted.mean() == pytest.approx(0.8, abs=0.07), f"{line} keV"


def test_a_flat_threshold_would_not_hold_the_efficiency() -> None:
    """The scores do fall and rise with energy: what is tested above is not there by itself."""
    sample = toys.sample(8, runs=4, rows=1500, continuous=True)
    raw = sample.values[:, 3]  # multiplicity rises with energy
    threshold = np.quantile(raw[sample.xray], 0.2)
    low = sample.xray & (sample.energy_kev < 2)
    high = sample.xray & (sample.energy_kev > 7)
    assert (raw[high] >= threshold).mean() - (raw[low] >= threshold).mean() > 0.5


def test_from_iron_alone_the_lines_between_and_near_hold() -> None:
    sample = toys.sample(6, runs=6, rows=1500)
    model = train(sample, Recipe("likelihood")).model
    rng = np.random.default_rng(7)
    for line in (3.0, 4.5, 5.9):
        true = np.full(6000, line)
        values, energy = toys.xrays(rng, true, 0.0), toys.smeared(rng, true, 1.0)
        assert model.judged(values, energy, 0.8).accepted.mean() == pytest.approx(0.8, abs=0.06)


def test_optimism_is_taken_off() -> None:
    """Scores of seen rows lie 0.5 too high: the threshold comes out as for unseen ones."""
    rng = np.random.default_rng(5)
    energy = np.full(20_000, 5.9)
    unseen = rng.normal(size=20_000)
    seen = np.stack((unseen + 0.5, unseen + 0.5))
    points = WorkingPoints.measured(energy, unseen + 0.5 + 0.3, seen, unseen)
    fresh = rng.normal(size=20_000) + 0.3  # the model itself scores everything 0.3 higher
    for efficiency in (0.5, 0.8, 0.93):
        accepted = points.accepted(fresh, energy, efficiency)
        assert accepted.mean() == pytest.approx(efficiency, abs=0.015)
    assert points.error[0, 0] > 0
    assert set(points.rows()) == {"efficiency", "energy_kev", "threshold", "threshold_err"}


def test_thresholds_fall_with_efficiency_and_others_are_refused(
    trained: dict[str, Training],
) -> None:
    points = trained["classifier"].model.working_points
    energy = np.linspace(0.5, 12, 50)
    thresholds = np.array([points.threshold(energy, e) for e in np.linspace(0.3, 0.99, 70)])
    assert (np.diff(thresholds, axis=0) <= 1e-12).all()
    for wrong in (0.2, 0.999, float("nan")):
        with pytest.raises(UsageError, match="efficiency"):
            points.threshold(energy, wrong)
    assert EFFICIENCIES[0] == 0.3


def test_the_sigmoid_is_that_of_logistic_regression() -> None:
    rng = np.random.default_rng(6)
    xray = rng.random(20_000) < 0.4
    scores = rng.normal(size=20_000) + 1.5 * xray
    curve = ProbabilityCurve.fitted(scores, xray, np.ones(20_000))
    peer = LogisticRegression(C=1e9).fit(scores[:, None], xray)
    grid = np.linspace(-4, 6, 30)
    np.testing.assert_allclose(curve.at(grid), peer.predict_proba(grid[:, None])[:, 1], atol=2e-3)


def test_isotonic_probabilities_equal_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(7)
    xray = rng.random(3000) < 0.5
    scores, weights = rng.normal(size=3000) + xray, rng.uniform(0.5, 2, 3000)
    curve = ProbabilityCurve.fitted(scores, xray, weights, "isotonic")
    peer = IsotonicRegression(out_of_bounds="clip").fit(scores, xray, weights)
    fresh = rng.normal(size=1000) * 3
    np.testing.assert_allclose(curve.at(fresh), peer.predict(fresh), atol=1e-6)


@pytest.mark.parametrize("separation", [0.0, 1.0, 30.0])
def test_the_sigmoid_converges_also_where_classes_are_apart(separation: float) -> None:
    rng = np.random.default_rng(8)
    xray = np.arange(2000) < 500
    scores = rng.normal(size=2000) + separation * xray
    curve = ProbabilityCurve.fitted(scores, xray, np.where(xray, 2.0, 2 / 3))
    found = curve.at(scores)
    assert np.average(found, weights=np.where(xray, 2.0, 2 / 3)) == pytest.approx(0.5, abs=0.01)
    assert found[xray].mean() >= found[~xray].mean() - 0.02


@pytest.mark.parametrize("kind", ["cuts", "likelihood", "classifier"])
def test_probabilities_are_calibrated_on_held_out_rows(
    trained: dict[str, Training], kind: str
) -> None:
    training = trained[kind]
    probability = training.model.curve.at(training.held_out)
    xray = training.sample.xray
    weights = np.where(xray, 0.5 / xray.sum(), 0.5 / (~xray).sum())
    for low, high in ((0.0, 0.2), (0.8, 1.001)):
        rows = (probability >= low) & (probability < high)
        share = weights[rows & xray].sum() / weights[rows].sum()
        mean = np.average(probability[rows], weights=weights[rows])
        assert share == pytest.approx(mean, abs=0.05)


def test_features_named_twice_are_refused() -> None:
    with pytest.raises(UsageError, match="named twice: a"):
        refuse_twice((Feature("a"), Feature("b"), Feature("a")))
    with pytest.raises(UsageError, match="none"):
        refuse_twice(())
