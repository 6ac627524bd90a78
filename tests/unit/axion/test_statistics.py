import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from helioscope.axion import coverage, intervals, kernels, limits, posterior, pseudo_experiments
from helioscope.axion.likelihood import Likelihood, combine, fit_chi_square, poisson_likelihood
from helioscope.axion.measurement import CountingSet, Magnet
from helioscope.axion.measurement_file import read_measurement
from helioscope.axion.solar_image import standard_flux


def likelihood(
    n_on: list[float], background: list[float], signal: list[float], alpha: float = 0.0
) -> Likelihood:
    b = np.array(background, float)
    off = b / alpha if alpha else np.zeros(b.size)
    return Likelihood(
        np.array(n_on, float), b, off, np.full(b.size, alpha), np.array(signal, float)
    )


COUNTS = st.lists(st.integers(0, 30), min_size=4, max_size=4)
BACKGROUNDS = st.lists(st.floats(0.3, 20.0), min_size=4, max_size=4)
SIGNALS = st.lists(st.floats(0.05, 5.0), min_size=4, max_size=4)


@given(COUNTS, BACKGROUNDS, SIGNALS, st.sampled_from([0.0, 0.1, 1.0]))
def test_the_best_fit_is_the_maximum(
    n_on: list[float], background: list[float], signal: list[float], alpha: float
) -> None:
    data = limits.columns(likelihood(n_on, background, signal, alpha))
    best = kernels.best_fit(data)
    peak = kernels.log_likelihood(best, data)
    scale = 1e-3 * (abs(best) + 1.0)
    for step in (-100, -10, -1, 1, 10, 100):
        assert kernels.log_likelihood(best + step * scale, data) <= peak + 1e-9


@given(COUNTS, BACKGROUNDS, SIGNALS, st.sampled_from([0.0, 0.2]), st.floats(-0.02, 3.0))
def test_derivatives_are_those_of_the_likelihood(
    n_on: list[float], background: list[float], signal: list[float], alpha: float, g4: float
) -> None:
    data = limits.columns(likelihood(n_on, background, signal, alpha))
    first, second = kernels.slope_and_curvature(g4, data)
    h = 1e-4
    below, here, above = (kernels.log_likelihood(g4 + d, data) for d in (-h, 0.0, h))
    assert first == pytest.approx((above - below) / (2 * h), rel=1e-3, abs=1e-3)
    assert second == pytest.approx((above - 2 * here + below) / h**2, rel=0.05, abs=0.05)


@given(st.integers(0, 20), st.integers(0, 40), st.floats(0.05, 2.0), st.floats(0.0, 30.0))
def test_the_profiled_background_maximises_the_likelihood(
    n_on: int, n_off: int, alpha: float, excess: float
) -> None:
    one = Likelihood(
        np.array([n_on], float),
        np.array([alpha * n_off]),
        np.array([n_off], float),
        np.array([alpha]),
        np.array([1.0]),
    )
    ours = kernels.log_likelihood(excess, limits.columns(one))
    grid = np.linspace(1e-9, alpha * (n_on + n_off + 5.0) + n_on + 5.0, 20001)
    values = n_on * np.log(grid + excess) - grid - excess - grid / alpha
    values = values + (n_off * np.log(grid / alpha) if n_off else 0.0)
    assert ours >= values.max() - 1e-9
    assert ours == pytest.approx(values.max(), abs=1e-3)


def test_a_single_bin_without_counts_has_the_poisson_limit() -> None:
    result = limits.bayesian_limit(likelihood([0], [3.0], [1.0]))
    assert result == pytest.approx(-math.log(0.05), rel=1e-5)


@given(st.integers(0, 25), st.floats(0.2, 15.0))
@settings(max_examples=40)
def test_a_single_bin_has_the_analytic_bayesian_limit(n_on: int, background: float) -> None:
    upper = limits.bayesian_limit(likelihood([n_on], [background], [1.0]))

    # int_b^inf mu^n e^-mu dmu = n! x the survival function of a gamma variable.
    def beyond(mu: float) -> float:
        return float(stats.gamma.sf(mu, n_on + 1))

    assert beyond(background + upper) / beyond(background) == pytest.approx(0.05, rel=2e-3)


def test_a_gaussian_result_has_the_truncated_gaussian_limit() -> None:
    for best, error, expected in ((-1.1, 3.3, 1.551), (0.4, 1.0, 1.224), (-9.4, 6.5, 1.682)):
        one = Likelihood(*(np.empty(0) for _ in range(5)), best, error)
        assert limits.bayesian_limit(one) ** 0.25 == pytest.approx(expected, rel=1e-3)


def test_negative_best_fits_keep_every_expectation_positive() -> None:
    data = likelihood([0, 0, 5], [2.0, 1.0, 4.0], [1.0, 4.0, 1.0])
    best = limits.fit(data).best
    assert best < 0
    assert (data.background + best * data.signal >= -1e-12).all()


def test_combining_results_adds_their_chi_squares() -> None:
    best, error = combine([(-1.1, 3.3), (-1.4, 4.5), (2.5, 8.8), (-9.4, 6.5), (0.4, 1.0)])
    assert (best, error) == pytest.approx((0.034, 0.921), abs=1e-3)


def test_chi_square_of_large_counts_agrees_with_poisson() -> None:
    generator = np.random.default_rng(7)
    background = np.full(20, 900.0)
    signal = np.linspace(10.0, 30.0, 20)
    n_on = generator.poisson(background + signal).astype(float)
    edges = np.linspace(1.0, 7.0, 21)
    data = CountingSet(
        "large", edges[:-1], edges[1:], n_on, background, None, None,
        np.array([0.0, 10.0]), np.ones(2), Magnet(9.0, 9.26),
    )  # fmt: skip
    chi2 = fit_chi_square(data, signal)
    poisson = limits.fit(likelihood(list(n_on), list(background), list(signal)))
    assert chi2.best == pytest.approx(poisson.best, abs=0.15 * poisson.error)
    assert chi2.error == pytest.approx(poisson.error, rel=0.05)
    assert chi2.degrees == 19


def test_li_ma_of_the_ccd() -> None:
    assert limits.li_ma(26, 297, 0.1039455) == pytest.approx(-0.860, abs=1e-3)
    assert limits.li_ma(10, 100, 0.1) == pytest.approx(0.0, abs=1e-6)


def test_pyhf_finds_the_same_fit_and_ratio() -> None:
    pyhf = pytest.importorskip("pyhf")
    n_on, background, signal = [5.0, 3.0, 7.0], [4.0, 3.5, 2.5], [1.0, 2.0, 1.5]
    model = pyhf.Model(
        {
            "channels": [
                {
                    "name": "on",
                    "samples": [
                        {
                            "name": "signal",
                            "data": signal,
                            "modifiers": [{"name": "g4", "type": "normfactor", "data": None}],
                        },
                        {"name": "background", "data": background, "modifiers": []},
                    ],
                }
            ],
            "parameters": [{"name": "g4", "bounds": [[-1.0, 20.0]], "inits": [1.0]}],
        },
        poi_name="g4",
    )
    fitted, twice_nll = pyhf.infer.mle.fit(n_on, model, return_fitted_val=True)
    ours = limits.columns(likelihood(n_on, background, signal))
    best = kernels.best_fit(ours)
    assert best == pytest.approx(float(fitted[0]), abs=1e-3)
    tested = -2.0 * float(model.logpdf([2.5], n_on)[0]) - float(twice_nll)
    ratio = 2.0 * (kernels.log_likelihood(best, ours) - kernels.log_likelihood(2.5, ours))
    assert ratio == pytest.approx(tested, abs=1e-4)


def test_pyhf_finds_the_same_cls_limit_of_many_counts() -> None:
    pyhf = pytest.importorskip("pyhf")
    n_on, background, signal = 5100.0, 5000.0, 100.0
    model = pyhf.simplemodels.uncorrelated_background([signal], [background], [1e-3])
    scan = np.linspace(0.1, 6.0, 60)
    expected = pyhf.infer.intervals.upper_limits.upper_limit(
        [n_on, *model.config.auxdata], model, scan
    )[0]
    ours = likelihood([n_on], [background], [signal])
    belt = intervals.build_belt(ours, 6.0, toys=8000)
    result = intervals.cls_limits(belt, *intervals.observed_ratios(ours, belt))[0]
    assert result == pytest.approx(float(expected), rel=0.03)


@pytest.mark.parametrize(("n_on", "background"), [(2, 3.0), (8, 5.0), (52, 50.0)])
def test_cls_of_one_bin_is_the_ratio_of_poisson_tails(n_on: int, background: float) -> None:
    ours = likelihood([n_on], [background], [1.0])
    belt = intervals.build_belt(ours, 5.0 + 8.0 * background**0.5, toys=8000)
    limit = intervals.cls_limits(belt, *intervals.observed_ratios(ours, belt))[0]
    share = stats.poisson.cdf(n_on, background + limit) / stats.poisson.cdf(n_on, background)
    assert share == pytest.approx(0.05, abs=0.012)


def test_feldman_cousins_gives_their_published_intervals() -> None:
    # Phys. Rev. D 57 (1998) 3873, table IV: background 3.0, 90 %: n = 0..9.
    published = {0: (0.0, 1.08), 3: (0.0, 4.42), 6: (0.15, 8.47), 9: (1.91, 12.30)}
    for n_on, (lower, upper) in published.items():
        one = likelihood([n_on], [3.0], [1.0])
        belt = intervals.build_belt(one, 16.0, toys=6000, level=0.90)
        _, ratio = intervals.observed_ratios(one, belt)
        found = intervals.feldman_cousins(belt, ratio)
        assert found[1][0] == pytest.approx(upper, abs=0.5)
        assert found[0][0] == pytest.approx(lower, abs=0.5)


def test_an_interval_ends_between_the_points_of_the_grid_where_the_ratio_is_critical() -> None:
    """Straight lines cross the critical value where elementary geometry says."""
    grid = np.array([0.0, 1.0, 2.0, 4.0, 7.0, 9.0])
    best = np.array([3.0, 0.5, 8.5])
    ratio = np.abs(grid[None, :] - best[:, None])
    nothing = np.zeros((grid.size, 1))
    belt = intervals.Belt(grid, np.full(grid.size, 1.75), nothing, nothing, 0.9)
    lower, upper = intervals.feldman_cousins(belt, ratio)
    assert lower == pytest.approx([1.25, 0.0, 6.75])
    assert upper == pytest.approx([4.75, 2.25, 9.0])


def test_expected_limits_are_the_same_for_the_same_seed_and_any_workers() -> None:
    data = likelihood([2, 3], [2.0, 3.0], [1.0, 1.0], alpha=0.1)
    once = pseudo_experiments.expected_limits(data, 300, seed=5)
    assert (pseudo_experiments.expected_limits(data, 300, seed=5, workers=2) == once).all()
    assert (np.diff(once) > 0).all()


def test_pseudo_experiments_have_their_expectation() -> None:
    data = likelihood([2, 3], [2.0, 3.0], [1.0, 2.0], alpha=0.1)
    drawn = pseudo_experiments.draw(data, 20000, np.random.default_rng(1), g4=1.5)
    assert drawn.n_on.mean(axis=0) == pytest.approx([3.5, 6.0], rel=0.02)
    assert drawn.n_off.mean(axis=0) == pytest.approx([20.0, 30.0], rel=0.02)


def test_fewer_posterior_points_serve_pseudo_experiments() -> None:
    data = likelihood([2, 3, 9], [2.0, 3.0, 4.0], [1.0, 2.0, 3.0])
    drawn = pseudo_experiments.draw(data, 50, np.random.default_rng(3), g4=2.0)
    coarse = pseudo_experiments.bayesian_limits(data, drawn)
    exact = [
        limits.bayesian_limit(data.with_counts(n_on, n_off))
        for n_on, n_off in zip(drawn.n_on, drawn.n_off, strict=True)
    ]
    assert coarse == pytest.approx(exact, rel=1e-3)


def test_the_step_of_the_posterior_does_not_matter() -> None:
    data = limits.columns(likelihood([2, 3, 9], [2.0, 3.0, 4.0], [1.0, 2.0, 3.0]))
    fine, coarse = (posterior.bayesian_limit(0.95, step, 24.0, data) for step in (0.01, 0.5))
    assert coarse == pytest.approx(fine, rel=3e-4)


@pytest.mark.parametrize("file", ["ccd2004.toml", "on_off.toml"])
def test_every_limit_covers_the_truth(ccd2004: Path, file: str) -> None:
    data = poisson_likelihood(read_measurement(ccd2004.parent / file), standard_flux())
    _, found = coverage.study_coverage(data, experiments=2000)
    assert [item.signal for item in found] == [0.5] * 3 + [1.0] * 3 + [0.0]
    for item in found[:-1]:
        assert item.covered >= 0.93
        if item.kind == "feldman-cousins":
            assert item.covered <= 0.98
    assert found[-1].covered == pytest.approx(0.05, abs=0.02)
