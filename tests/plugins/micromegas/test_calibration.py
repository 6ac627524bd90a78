"""Calibrations recover what the simulation put in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helioscope.api import (
    Calibrated,
    Calibration,
    CalibrationInput,
    Calibrator,
    InputError,
    Run,
    Setup,
    check,
    quality,
)
from helioscope.testing import conformance, rescaling_conformance
from helioscope_micromegas.detector import DETECTOR, ENERGY, PEDESTALS, STRIP_GAIN
from helioscope_micromegas.energy_calibration import ENERGY_SCALE, faults_of
from helioscope_micromegas.energy_scale import joined, nominal
from helioscope_micromegas.line_fit import expectation, fit_lines
from helioscope_micromegas.observables import NOMINAL_ENERGY
from helioscope_micromegas.pedestals import PEDESTAL, strip_moments
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.electronics import strip_electronics
from helioscope_micromegas.simulation.settings import MicromegasSimulation
from helioscope_micromegas.strip_gains import STRIP_GAINS

from .conftest import Made, make

CONFIG = MicromegasSettings()
TRUE_AXES = strip_electronics(MicromegasSimulation(), CONFIG)


def setup(run: Run, **calibrations: Calibrated) -> Setup:
    names = {"pedestals": PEDESTALS, "gains": STRIP_GAIN, "energy": ENERGY}
    found = {
        names[key]: (Calibration(names[key], made.table),) for key, made in calibrations.items()
    }
    return Setup("micromegas", run, CONFIG, found)


def calibrated(calibrator: Calibrator, made: Made, product: str, known: Setup) -> Calibrated:
    def batches() -> object:
        for part in (made.raw[:2500], made.raw[2500:]):
            yield part if product == "raw" else DETECTOR.reconstruction(known)(part).observables

    given = CalibrationInput(known, batches)  # type: ignore[arg-type]
    return calibrator.calibration(calibrator.config(), {calibrator.run_kinds[0]: [given]})


@pytest.fixture(scope="module")
def pedestals(pedestal: Made) -> Calibrated:
    return calibrated(PEDESTAL, pedestal, "raw", setup(pedestal.run))


@pytest.fixture(scope="module")
def gains(fe55: Made, pedestals: Calibrated) -> Calibrated:
    return calibrated(STRIP_GAINS, fe55, "raw", setup(fe55.run, pedestals=pedestals))


@pytest.fixture(scope="module")
def energy(fe55: Made, pedestals: Calibrated, gains: Calibrated) -> Calibrated:
    known = setup(fe55.run, pedestals=pedestals, gains=gains)
    return calibrated(ENERGY_SCALE, fe55, "observables", known)


def test_pedestals_noise_dead_and_noisy_strips(pedestals: Calibrated) -> None:
    assert not check(pedestals.table, PEDESTAL.table)
    simulated = MicromegasSimulation()
    table = pedestals.table
    for axis, truth, dead, noisy in (
        (0, TRUE_AXES[0], simulated.dead_strips_x, simulated.noisy_strips_x),
        (1, TRUE_AXES[1], simulated.dead_strips_y, ()),
    ):
        mine = table[np.asarray(table["axis"]) == axis]
        status = np.asarray(mine["status"])
        assert np.flatnonzero(status == 1).tolist() == list(dead)
        assert np.flatnonzero(status == 2).tolist() == list(noisy)
        pulls = np.asarray(mine["pedestal_adu"]) - truth.pedestal_adu
        live = truth.noise_adu > 0
        pulls = pulls[live] / (truth.noise_adu[live] / np.sqrt(300))
        assert np.abs(pulls).max() < 5
        assert np.asarray(mine["noise_adu"])[live] == pytest.approx(
            np.sqrt(truth.noise_adu[live] ** 2 + 1 / 12), rel=0.25
        )


def test_too_short_a_pedestal_run_is_refused(pedestal: Made) -> None:
    short = Made(pedestal.path, pedestal.run, pedestal.raw[:20], pedestal.truth[:20])
    with pytest.raises(InputError, match="20 events"):
        calibrated(PEDESTAL, short, "raw", setup(pedestal.run))


def test_moments_do_not_lose_digits_on_large_pedestals(pedestal: Made) -> None:
    raised = pedestal.raw
    raised = raised[["x_strip", "x_charge_adu"]]
    _, mean, noise = strip_moments([raised], "x", CONFIG.n_strips)
    lifted = dict(
        zip(raised.fields, [raised["x_strip"], raised["x_charge_adu"] + 2**20], strict=True)
    )
    _, far, same = strip_moments([lifted], "x", CONFIG.n_strips)  # type: ignore[list-item]
    assert far - mean == pytest.approx(2**20, rel=1e-6)
    assert same == pytest.approx(noise, rel=1e-3, abs=1e-3)


def test_strip_gains_bring_the_strips_together(gains: Calibrated) -> None:
    """The map explains most of the true scatter of the gains where there is light."""
    assert not check(gains.table, STRIP_GAINS.table)
    for axis, truth in enumerate(TRUE_AXES):
        mine = gains.table[np.asarray(gains.table["axis"]) == axis]
        error, found = np.asarray(mine["gain_err"]), np.asarray(mine["gain"])
        sure = (error < 0.03) & (truth.gain > 0)
        assert sure.sum() > 80
        true = truth.gain[sure] / truth.gain[sure].mean()
        left = found[sure] / found[sure].mean() - true
        assert left.std() < 0.5 * true.std()
        assert np.abs(left / error[sure]).mean() < 1.2


def test_energy_scale_and_resolution(fe55: Made, energy: Calibrated) -> None:
    assert not check(energy.table, ENERGY_SCALE.table)
    put_in = fit_lines(np.asarray(fe55.truth["avalanche"], np.float64))
    for row in energy.table.to_list():
        worse = 0.01 if row["source"] == "mesh" else 0.02  # strip gains from few photons
        assert row["fwhm"] == pytest.approx(put_in.fwhm, abs=worse)
        assert row["escape_kev"] == pytest.approx(5.895 - 2.957, abs=0.1)
    assert energy.figures["fe55_spectrum.svg"].startswith(b"<?xml")


def test_background_given_as_source_is_refused(folder: Path, pedestals: Calibrated) -> None:
    """A wide hump and no escape line: no scale may come of it."""
    wrong = make(folder, "background", 7000, seed=4)
    known = setup(replace(wrong.run, kind="fe55"), pedestals=pedestals)
    with pytest.raises(InputError, match=r"5\.9 keV line for a flat one") as refused:
        calibrated(ENERGY_SCALE, wrong, "observables", known)
    assert refused.value.exit_code == 4
    assert wrong.run.name in str(refused.value)


def test_x_rays_of_every_energy_given_as_source_are_refused(
    folder: Path, pedestals: Calibrated
) -> None:
    wrong = make(folder, "xray", 2000, seed=4)
    with pytest.raises(InputError, match="expected: a spectrum of 55Fe"):
        calibrated(ENERGY_SCALE, wrong, "observables", setup(wrong.run, pedestals=pedestals))


@pytest.mark.parametrize("first", range(0, 6000, 1000))
def test_short_source_runs_pass(fe55: Made, pedestals: Calibrated, first: int) -> None:
    part = slice(first, first + 700)
    short = Made(fe55.path, fe55.run, fe55.raw[part], fe55.truth[part])
    made = calibrated(ENERGY_SCALE, short, "observables", setup(fe55.run, pedestals=pedestals))
    scales = made.table["per_kev_err"] / made.table["per_kev"]
    assert 0.001 < max(scales) < 0.01


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"per_kev_err": 10.0}, "known to"),
        ({"per_kev_err": float("nan")}, "known to nan"),
        ({"line_over_flat": 2.4}, "for a flat one"),
        ({"misfit": 0.16}, "off the fit"),
        ({"escape_kev": 2.2}, "not at 2.94 keV"),
        ({"escape_kev": 3.3}, "not at 2.94 keV"),
        ({"escape_share": 0.001}, "in the argon escape line"),
    ],
)
def test_each_limit_of_the_source_is_tested(fe55: Made, wrong: dict[str, float], said: str) -> None:
    good = fit_lines(np.asarray(fe55.truth["avalanche"], np.float64))
    config = ENERGY_SCALE.config()
    assert faults_of(good, config) == []
    (fault,) = faults_of(good._replace(**wrong), config)
    assert said in fault
    other_gas = ENERGY_SCALE.config(argon_escape=False)
    assert bool(faults_of(good._replace(**wrong), other_gas)) is ("escape" not in next(iter(wrong)))


def test_misfit_does_not_grow_with_the_run() -> None:
    """Two lines 1 keV apart, taken for one: the deviance grows, the misfit does not."""
    rng = np.random.default_rng(9)
    found = []
    for events in (4_000, 64_000):
        charge = rng.normal(5.4, 0.2, events)
        charge[::2] += 1.0
        found.append(fit_lines(charge).misfit)
    assert found[1] == pytest.approx(found[0], rel=0.35)
    assert min(found) > 0.15


def test_calibrated_energy_lies_on_the_line(
    fe55: Made, pedestals: Calibrated, gains: Calibrated, energy: Calibrated
) -> None:
    known = setup(fe55.run, pedestals=pedestals, gains=gains, energy=energy)
    rows = DETECTOR.reconstruction(known)(fe55.raw).observables
    assert not (np.asarray(rows["quality"]) & NOMINAL_ENERGY.mask).any()
    rows = rows[(np.asarray(rows["quality"]) & quality.BAD_NEIGHBOUR.mask) == 0]
    for column in ("energy_strips_kev", "energy_mesh_kev"):
        assert fit_lines(np.asarray(rows[column], np.float64)).per_kev == pytest.approx(
            1, abs=0.005
        )


def test_without_calibration_a_bit_says_so(fe55: Made) -> None:
    rows = DETECTOR.reconstruction(setup(fe55.run))(fe55.raw[:50]).observables
    assert (np.asarray(rows["quality"]) & NOMINAL_ENERGY.mask).all()


def test_conformance(fe55: Made, background: Made, pedestals: Calibrated) -> None:
    for made in (fe55, background):
        conformance(DETECTOR, setup(made.run, pedestals=pedestals), made.raw[:300])


def test_energies_come_last(
    background: Made, pedestals: Calibrated, gains: Calibrated, energy: Calibrated
) -> None:
    before = setup(background.run, pedestals=pedestals, gains=gains)
    after = setup(background.run, pedestals=pedestals, gains=gains, energy=energy)
    for one, other in ((before, after), (after, before)):
        rescaling_conformance(DETECTOR, one, other, background.raw[:300])
    strips = replace(before, config=CONFIG.model_copy(update={"energy_from": "strips"}))
    other = {"nominal_strip_adu_per_kev": 280.0, "nominal_resolution_fwhm": 0.15}
    scaled = replace(strips, config=strips.config.model_copy(update=other))
    rescaling_conformance(DETECTOR, strips, scaled, background.raw[:300])


def test_fit_recovers_a_known_spectrum() -> None:
    rng = np.random.default_rng(3)
    edges = np.linspace(1.0, 9.0, 401)
    expected = expectation(edges, 1.0, 0.16, 20_000.0, 2_000.0, 2.938, 300.0)
    counts = rng.poisson(expected)
    middle = 0.5 * (edges[1:] + edges[:-1])
    charge = 70.0 * np.repeat(middle, counts)
    charge += 70.0 * rng.uniform(-0.01, 0.01, charge.size)
    fit = fit_lines(charge)
    assert fit.per_kev == pytest.approx(70.0, abs=5 * fit.per_kev_err)
    assert fit.fwhm == pytest.approx(0.16, abs=5 * fit.fwhm_err)
    assert fit.escape_kev == pytest.approx(2.938, abs=5 * fit.escape_kev_err)
    assert fit.escape_share == pytest.approx(0.1, rel=0.15)


def test_spectrum_without_events_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 200"):
        fit_lines(np.full(20, 400.0))


def test_scale_is_drawn_between_calibrations_and_held_outside() -> None:
    rows = [
        {"time_ns": time, "source": source, "per_kev": value, "fwhm": 0.2}
        for time, value in ((10**18, 100.0), (10**18 + 1000, 200.0))
        for source in ("strips", "mesh")
    ]
    scale = joined(rows[::-1])
    times = 10**18 + np.array([-500, 0, 250, 1000, 9999])
    assert scale.at(times)["mesh"] == pytest.approx([100, 100, 125, 200, 200])
    assert scale.calibrated
    assert not nominal(1.0, 1.0, 0.2).calibrated


def test_source_that_was_never_calibrated_stays_unknown() -> None:
    scale = joined([{"time_ns": 5, "source": "strips", "per_kev": 3.0, "fwhm": 0.2}])
    assert np.isnan(scale.at(np.array([5]))["mesh"]).all()
