"""Calibrations must find the true state of the simulated chamber."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from helioscope.api import Calibrated, Calibration, Calibrator, InputError
from helioscope.testing import rescaling_conformance
from helioscope_tpc import calibrators, lines
from helioscope_tpc.constants import ATTACHMENT, ENERGY_SCALE, GAINS, constants_of, gain_at
from helioscope_tpc.plugin import DETECTOR
from helioscope_tpc.simulation import electronics
from helioscope_tpc.simulation.settings import TpcSimulationSettings
from helioscope_tpc.source import SourceSettings, demand_source

from .chamber import BARE, HOUR_NS, START_NS, made, setup_of, simulated


@pytest.fixture(scope="module")
def fe55(tmp_path_factory: pytest.TempPathFactory) -> ak.Array:
    return simulated(tmp_path_factory.mktemp("fe55"), photons=4000, flood=True)[0]


@pytest.fixture(scope="module")
def gains(fe55: ak.Array) -> Calibrated:
    return made(calibrators.GAINS, fe55=[fe55])


def test_pedestals_and_noise_are_those_put_in(tmp_path: Path) -> None:
    raw, _ = simulated(tmp_path, random_triggers=60)
    table = made(calibrators.PEDESTALS, pedestal=[raw]).table
    settings = TpcSimulationSettings()
    true = electronics.state_of(BARE, settings).pedestal_adu
    np.testing.assert_allclose(table["pedestal_adu"], true, atol=0.25)
    total = np.hypot(settings.noise_adu, settings.coherent_noise_adu)
    rounding = 1 / 12
    assert np.mean(table["noise_adu"]) == pytest.approx(np.sqrt(total**2 + rounding), rel=0.02)
    white = np.mean(table["white_noise_adu"])
    assert white == pytest.approx(np.sqrt(settings.noise_adu**2 + 2 * rounding), rel=0.03)


def test_pedestals_without_a_waveform_are_refused(tmp_path: Path) -> None:
    raw, _ = simulated(tmp_path, random_triggers=2)
    with pytest.raises(InputError, match="no waveform"):
        made(calibrators.PEDESTALS, pedestal=[raw[:0]])


def test_wire_gains_are_those_put_in(gains: Calibrated) -> None:
    true = electronics.state_of(BARE, TpcSimulationSettings()).gain[: BARE.anode_wires]
    found = np.asarray(gains.table["gain_adu_per_kev"])[: BARE.anode_wires]
    error = np.asarray(gains.table["gain_err_adu_per_kev"])[: BARE.anode_wires]
    known = np.isfinite(found)
    assert known.sum() >= 44
    ratio = found[known] / true[known]
    pull = (ratio / ratio.mean() - 1) / (error[known] / found[known])
    assert pull.std() < 2.0
    assert (ratio / ratio.mean()).std() < 0.6 * true.std()


def test_the_gain_is_followed_from_run_to_run(tmp_path: Path, fe55: ak.Array) -> None:
    late, _ = simulated(
        tmp_path, photons=2500, flood=True, gain_drift_per_day=-0.10,
        gain_reference_ns=START_NS - 24 * HOUR_NS,
    )  # fmt: skip
    moved = ak.with_field(late, late["time_ns"] + 10 * HOUR_NS, "time_ns")
    table = made(calibrators.GAINS, fe55=[fe55, moved]).table
    calibration = Calibration(GAINS, table)
    constants = constants_of(setup_of(calibrations={GAINS: (calibration,)}))
    assert len(constants.gain_time_ns) == 2
    wire = np.full(3, 20)
    first, last = constants.gain_time_ns
    times = np.array([first, (first + last) / 2, last]).astype(np.int64)
    early, middle, final = gain_at(constants, times, wire)
    assert final / early == pytest.approx(0.90, abs=0.01)
    assert middle == pytest.approx((early + final) / 2, rel=1e-6)


def test_too_short_a_run_is_refused_with_what_to_do(fe55: ak.Array) -> None:
    with pytest.raises(InputError, match="200 at least"):
        made(calibrators.GAINS, fe55=[fe55[:100]])


def test_energy_scale_has_a_fit_in_every_cell(fe55: ak.Array) -> None:
    table = made(calibrators.ENERGY_SCALE, fe55=[fe55]).table
    scale = np.asarray(table["scale"])
    assert np.isfinite(scale).all()
    assert scale.std() / scale.mean() < 0.03
    assert (np.asarray(table["resolution_fwhm"]) < 0.25).all()


def test_energy_scale_and_attachment_come_last(fe55: ak.Array) -> None:
    scale = Calibration(ENERGY_SCALE, made(calibrators.ENERGY_SCALE, fe55=[fe55]).table)
    lost = ak.Array({"seen": [True], "electron_lifetime_us": [120.0]})
    known = {ENERGY_SCALE: (scale,), ATTACHMENT: (Calibration(ATTACHMENT, lost),)}
    bare, full = setup_of(), setup_of(calibrations=known)
    for before, after in ((bare, full), (full, bare)):
        rescaling_conformance(DETECTOR, before, after, fe55[:300])
    gas = setup_of(BARE.model_copy(update={"fano": 0.3, "argon_share": 0.9}), calibrations=known)
    rescaling_conformance(DETECTOR, full, gas, fe55[:300])


@pytest.fixture(scope="module")
def background(tmp_path_factory: pytest.TempPathFactory) -> ak.Array:
    folder = tmp_path_factory.mktemp("background")
    return simulated(folder, muons=1600, gammas=1200, recoils=60, fluorescence=60)[0]


@pytest.mark.parametrize("calibrator", [calibrators.GAINS, calibrators.ENERGY_SCALE])
def test_background_given_as_source_is_refused(
    calibrator: Calibrator, background: ak.Array, fe55: ak.Array
) -> None:
    with pytest.raises(InputError, match="expected: a spectrum of 55Fe") as refused:
        made(calibrator, fe55=[fe55, background])
    assert refused.value.exit_code == 4


@pytest.mark.parametrize("calibrator", [calibrators.GAINS, calibrators.ENERGY_SCALE])
def test_a_short_source_run_passes(calibrator: Calibrator, fe55: ak.Array) -> None:
    assert len(made(calibrator, fe55=[fe55[:300]]).table)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"over_flanks": 2.9}, "for one beside it"), ({"scale_err": 0.03}, "known to 3")],
)
def test_each_limit_of_the_source_is_tested(wrong: dict[str, float], said: str) -> None:
    good = lines.LineFit(1.0, 0.01, 0.07, 0.005, 500, 3.1)
    demand_source(good, SourceSettings(), "r")
    with pytest.raises(InputError, match=said):
        demand_source(good._replace(**wrong), SourceSettings(), "r")
    with pytest.raises(InputError, match="known to nan"):
        demand_source(lines.fit(np.full(10, 5.9)), SourceSettings(), "r")


def test_line_fit_finds_scale_and_width_of_a_drawn_peak() -> None:
    rng = np.random.default_rng(8)
    energies, shares = np.array(lines.FE55).T
    line = rng.choice(energies, 4000, p=shares)
    drawn = 1.07 * rng.normal(line, 0.065 * np.sqrt(line * energies[0]))
    fit = lines.fit(np.concatenate((drawn, rng.uniform(0, 4, 300))))
    assert fit.scale == pytest.approx(1.07, abs=4 * fit.scale_err)
    assert fit.resolution == pytest.approx(0.065, abs=4 * fit.resolution_err)
    assert fit.scale_err < 0.004
    assert fit.over_flanks > 50
    flat = rng.uniform(0, 12, 20_000)
    assert lines.fit(flat).over_flanks < 2.5


def test_line_fit_says_nothing_about_a_handful() -> None:
    assert np.isnan(lines.fit(np.full(10, 5.9)).scale)
