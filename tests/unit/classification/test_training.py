"""Folds of whole blocks, held-out figures with their errors, importance and drift."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, ks_2samp
from tests.unit.classification import toys

from helioscope.classification import figures, metrics
from helioscope.classification.drift import Distributions, ks_distance
from helioscope.classification.importance import permutation_importance
from helioscope.classification.samples import Sample, folds, on_lines, time_blocks
from helioscope.classification.training import Recipe, Training, class_weights, train
from helioscope.errors import UsageError


@settings(max_examples=40, deadline=None)
@given(blocks=st.integers(2, 9), wanted=st.integers(2, 7), seed=st.integers(0, 99))
def test_no_block_is_in_two_folds_and_every_fold_has_both(
    blocks: int, wanted: int, seed: int
) -> None:
    sample = toys.sample(seed, runs=blocks, rows=40)
    fold = folds(sample, wanted)
    for block in np.unique(sample.block):
        assert len(np.unique(fold[sample.block == block])) == 1
    for number in range(fold.max() + 1):
        assert set(sample.xray[fold == number]) == {True, False}
    assert fold.max() + 1 <= wanted


def test_one_block_of_a_class_cannot_be_held_out() -> None:
    sample = toys.sample(1, runs=3, rows=200)
    one = replace(sample, block=np.where(sample.xray, 99, sample.block))
    with pytest.raises(UsageError, match="1 blocks of X-rays"):
        train(one, Recipe("cuts"))


def test_few_runs_are_cut_in_time_and_many_are_not() -> None:
    run = np.repeat([0, 1], [60, 40])
    times = np.concatenate((np.arange(60)[::-1], np.arange(40)))
    block = time_blocks(run, times, 5)
    assert len(np.unique(block)) == 6
    for number in np.unique(block):
        rows = block == number
        assert len(np.unique(run[rows])) == 1
        assert np.ptp(times[rows]) == rows.sum() - 1
    np.testing.assert_array_equal(time_blocks(run, times, 2), run)
    assert len(time_blocks(run[:0], times[:0], 5)) == 0


def test_windows_about_lines_go_with_the_root_of_energy() -> None:
    energy = np.array([2.2, 2.96, 3.7, 4.5, 5.0, 5.9, 6.9, np.nan])
    near = on_lines(energy, (2.96, 5.9), resolution=0.08)
    np.testing.assert_array_equal(near, [False, True, False, False, True, True, False, False])
    assert on_lines(energy, (), 0.08).all()


def test_weights_make_energies_and_classes_count_alike() -> None:
    sample = toys.sample(2, runs=3, rows=1500)
    weights = class_weights(sample)
    assert weights.mean() == pytest.approx(1)
    assert weights[sample.xray].sum() == pytest.approx(weights[~sample.xray].sum())
    escape = sample.xray & (sample.energy_kev < 4)
    main = sample.xray & (sample.energy_kev > 4)
    assert weights[escape].sum() == pytest.approx(weights[main].sum(), rel=0.05)


def test_held_out_scores_come_from_models_that_have_not_seen_the_block(
    trained: dict[str, Training],
) -> None:
    training = trained["classifier"]
    sample = training.sample
    for number, fitted in enumerate(training.by_fold):
        rows = training.fold == number
        np.testing.assert_array_equal(
            training.held_out[rows], fitted.scores(sample.values[rows], sample.energy_kev[rows])
        )
    relabelled = train(
        replace(sample, values=np.random.default_rng(0).permutation(sample.values)),
        Recipe("classifier"),
    )
    area = metrics.area_under_curve(relabelled.held_out, relabelled.sample.xray)
    assert area == pytest.approx(0.5, abs=0.03), "held-out rows were seen in training"


def test_held_out_background_agrees_with_fresh_runs(trained: dict[str, Training]) -> None:
    fresh = toys.sample(99, runs=5, rows=4000, continuous=True)
    for training in trained.values():
        held_out = metrics.rejection(training, 0.8)
        judged = training.model.judged(fresh.values, fresh.energy_kev, 0.8)
        inside = ~fresh.xray & (fresh.energy_kev > 0.5) & (fresh.energy_kev < 12)
        later = metrics.share(int(judged.accepted[inside].sum()), int(inside.sum()), 0.999)
        sigma = np.sqrt(held_out.value * (1 - held_out.value) / held_out.total)
        assert later.low - 3.5 * sigma <= held_out.value <= later.high + 3.5 * sigma


def test_the_classifier_beats_the_ratio_and_the_ratio_the_cuts(
    trained: dict[str, Training],
) -> None:
    passed = {kind: metrics.rejection(t, 0.8) for kind, t in trained.items()}
    assert passed["classifier"].high < passed["likelihood"].value
    assert passed["likelihood"].high < passed["cuts"].value


@settings(max_examples=60, deadline=None)
@given(total=st.integers(1, 3000), part=st.floats(0, 1), level=st.sampled_from([0.683, 0.95]))
def test_shares_have_the_interval_of_clopper_and_pearson(
    total: int, part: float, level: float
) -> None:
    passed = int(part * total)
    found = metrics.share(passed, total, level)
    peer = binomtest(passed, total).proportion_ci(level, "exact")
    assert found.low == pytest.approx(peer.low, abs=1e-7)
    assert found.high == pytest.approx(peer.high, abs=1e-7)


def test_the_area_under_the_curve_counts_ties_half() -> None:
    scores = np.array([1.0, 1.0, 2.0, 3.0])
    xray = np.array([True, False, False, True])
    assert metrics.area_under_curve(scores, xray) == pytest.approx((0.5 + 0 + 1 + 1) / 4)


def test_the_roc_holds_its_nominal_efficiencies(trained: dict[str, Training]) -> None:
    nominal = (0.5, 0.7, 0.8, 0.9)
    curve = metrics.roc(trained["classifier"], nominal)
    assert (np.abs(curve.efficiency - nominal) < 4 * curve.efficiency_err + 0.01).all()
    assert (np.diff(curve.background) >= 0).all()
    assert (curve.background_low <= curve.background).all()
    assert (curve.background_high >= curve.background).all()
    single = metrics.rejection(trained["classifier"], 0.8)
    assert curve.background[2] == single.value


def test_a_feature_that_tells_nothing_has_no_importance(sample: Sample) -> None:
    rng = np.random.default_rng(3)
    values = sample.values.copy()
    values[:, 4] = rng.normal(size=len(values))
    training = train(replace(sample, values=values), Recipe("classifier"))
    importances = {item.feature: item for item in permutation_importance(training, 0.8)}
    idle = importances[toys.FEATURES[4].name]
    assert abs(idle.growth - 1) < 4 * idle.error
    assert idle.growth < 2
    assert importances["rise_time_ns"].growth > 5


def test_drift_is_seen_where_it_is_and_nowhere_else(trained: dict[str, Training]) -> None:
    training = trained["likelihood"]
    decorrelation, names = training.model.decorrelation, tuple(f.name for f in toys.FEATURES)
    known = Distributions.of(training.sample, decorrelation, xray=True)
    later = toys.sample(55, runs=1, rows=3000, continuous=True)
    later = later.taken(later.xray)
    moved = later.values.copy()
    moved[:, 0] += 0.3
    drifts = {d.feature: d for d in known.drift(names, decorrelation, moved, later.energy_kev)}
    assert drifts["size_x_mm"].distance > 5 * drifts["size_x_mm"].usual
    assert drifts["size_x_mm"].probability == pytest.approx(1 / 6)
    assert drifts["size_x_mm"].shift > 0.3
    assert drifts["skew_x"].distance < 3 * drifts["skew_x"].usual
    again = Distributions.from_dict(known.as_dict())
    for first, second in zip(
        drifts.values(), again.drift(names, decorrelation, moved, later.energy_kev), strict=True
    ):
        assert first.distance == pytest.approx(second.distance, abs=5e-3)


@settings(max_examples=40, deadline=None)
@given(sizes=st.tuples(st.integers(1, 60), st.integers(1, 60)), seed=st.integers(0, 999))
def test_distances_are_those_of_kolmogorov_and_smirnov(sizes: tuple[int, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = (rng.normal(size=n).round(1) for n in sizes)
    assert ks_distance(first, second) == pytest.approx(ks_2samp(first, second).statistic)
    assert ks_distance(first, first[:0]) == 0


def test_too_few_rows_are_refused_with_their_number() -> None:
    sample = toys.sample(1, runs=2, rows=60)
    with pytest.raises(UsageError, match="rows of X-rays"):
        train(sample.taken(~sample.xray | (np.arange(len(sample)) < 30)), Recipe("cuts"))


def test_pictures_are_the_same_each_time_and_name_their_axes(trained: dict[str, Training]) -> None:
    curves = {kind: metrics.roc(t, (0.4, 0.8, 0.95)) for kind, t in trained.items()}
    first, second = (figures.roc_figure(curves, 0.8) for _ in range(2))
    assert first == second
    assert first.startswith(b"<?xml")
    by_energy = {k: metrics.efficiency_by_energy(t, 0.8, (1, 4, 8)) for k, t in trained.items()}
    importances = permutation_importance(trained["cuts"], 0.8, repeats=2)
    for picture in (
        figures.efficiency_figure(by_energy, 0.8),
        figures.scores_figure(trained["classifier"]),
        figures.importance_figure(importances, 0.8),
    ):
        assert b"<svg" in picture
        assert len(picture) > 5000
