"""Drift velocity and electron lifetime from crossing muons, and the energies corrected by it."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from helioscope.api import Calibration, InputError
from helioscope_tpc import attachment, calibrators, crossing, matter
from helioscope_tpc.constants import ATTACHMENT, GAINS, constants_of
from helioscope_tpc.plugin import DETECTOR
from helioscope_tpc.survival import corrected_kev, survival

from .chamber import BARE, made, setup_of, simulated


@pytest.fixture(scope="module")
def fe55(tmp_path_factory: pytest.TempPathFactory) -> ak.Array:
    return simulated(tmp_path_factory.mktemp("fe55"), photons=1500, flood=True)[0]


def lifetime(loss_per_us: float, seen: bool = True) -> ak.Array:
    """Make the table of a lifetime."""
    values = {
        "attachment_per_us": loss_per_us, "attachment_err_per_us": 0.001,
        "electron_lifetime_us": 1 / loss_per_us, "electron_lifetime_err_us": 0.1,
        "seen": seen, "charges": 1000,
    }  # fmt: skip
    columns = attachment.TABLE.columns
    return ak.zip({c.name: np.array([values[c.name]], c.dtype) for c in columns})


@pytest.mark.parametrize("velocity", [28.0, 34.0])
def test_drift_velocity_is_the_one_put_in(tmp_path: Path, fe55: ak.Array, velocity: float) -> None:
    muons, _ = simulated(tmp_path, muons=1500, drift_velocity_mm_per_us=velocity)
    table = made(calibrators.DRIFT, muon=[muons], fe55=[fe55]).table
    error = table["drift_velocity_err_mm_per_us"][0]
    assert error < 0.005 * velocity
    assert table["drift_velocity_mm_per_us"][0] == pytest.approx(velocity, abs=3 * error)
    assert table["full_drift_us"][0] == pytest.approx(100.0 / velocity, rel=0.015)


def test_too_few_muons_are_refused_with_what_to_do(tmp_path: Path, fe55: ak.Array) -> None:
    muons, _ = simulated(tmp_path, muons=60)
    for calibrator in (calibrators.DRIFT, calibrators.ATTACHMENT):
        with pytest.raises(InputError, match="15 at least"):
            made(calibrator, muon=[muons], fe55=[fe55])


def test_full_drift_is_found_under_a_shelf_of_shorter_tracks_with_a_true_error() -> None:
    rng = np.random.default_rng(5)
    pulls = []
    for _ in range(40):
        whole = np.full(150, 3.2)
        shorter = rng.uniform(1.5, 3.2, 250)
        times = np.concatenate((whole, shorter)) + 0.08 * rng.standard_normal(400)
        full = crossing.full_drift(times)
        pulls.append((full.time_us - 3.2) / full.time_err_us)
        assert full.time_err_us < 0.02
        assert full.spread_us == pytest.approx(0.08, abs=0.05)
    assert abs(np.mean(pulls)) < 0.5
    assert 0.7 < np.std(pulls) < 1.4


def test_a_box_seen_through_a_gaussian_gets_its_length_back() -> None:
    step, point = 0.001, 0.35
    for length in (0.1, 0.3, 0.7, 1.6):
        box = np.zeros(6000)
        box[2000 : 2000 + round(length / step)] = 1.0
        seen = gaussian_filter1d(box, point / 2.3548 / step)
        width = (seen > seen.max() / 2).sum() * step
        found = crossing.box_lengths_us(np.array([width]), point)
        assert found[0] == pytest.approx(length, abs=0.015)
    assert crossing.box_lengths_us(np.array([0.2, 0.35, 5.0]), point).tolist() == [0.0, 0.0, 5.0]


def test_attachment_is_the_one_put_in(tmp_path: Path, fe55: ak.Array) -> None:
    muons, _ = simulated(tmp_path, muons=1500, attachment_length_mm=250.0)
    (row,) = made(calibrators.ATTACHMENT, muon=[muons], fe55=[fe55]).table
    true_us = 250.0 / 31.4
    assert row["seen"]
    assert row["electron_lifetime_err_us"] < 0.5 * true_us
    assert row["attachment_per_us"] == pytest.approx(
        1 / true_us, abs=3 * row["attachment_err_per_us"]
    )
    assert row["electron_lifetime_us"] == pytest.approx(1 / row["attachment_per_us"])


def test_without_attachment_there_is_a_lower_limit_and_no_correction(
    tmp_path: Path, fe55: ak.Array
) -> None:
    muons, _ = simulated(tmp_path, muons=1500, seed=4, attachment_length_mm=1e9)
    table = made(calibrators.ATTACHMENT, muon=[muons], fe55=[fe55]).table
    assert not table["seen"][0]
    assert np.isnan(table["electron_lifetime_err_us"][0])
    # 95 % of a loss that is not there: beyond a few times the error.
    assert table["electron_lifetime_us"][0] > 1 / (5 * table["attachment_err_per_us"][0])
    calibrations = {ATTACHMENT: (Calibration(ATTACHMENT, table),)}
    assert np.isinf(constants_of(setup_of(calibrations=calibrations)).lifetime_us)


def test_charge_fit_finds_the_loss_under_a_tail_of_large_charges() -> None:
    rng = np.random.default_rng(6)
    time = rng.uniform(0.3, 2.7, 20_000)
    charge = np.exp(-0.2 * time) * (0.5 + rng.pareto(2.5, len(time)))
    tracks = np.repeat(np.arange(2000), 10)
    loss, error = attachment.loss_per_us(attachment.Charges(tracks, time, charge))
    assert loss == pytest.approx(0.2, abs=4 * error)
    assert error < 0.02


def test_survival_is_that_of_photons_drawn_one_by_one() -> None:
    rng = np.random.default_rng(7)
    for energy in (1.0, 3.0, 3.3, 5.9, 10.0):
        depth = rng.exponential(1 / matter.argon_per_mm(np.array(energy), 0.95), 400_000)
        drawn = np.exp(-(100.0 - depth[depth < 100.0]) / 300.0)
        found = survival(np.array([energy]), 100.0, 0.95, 300.0)
        assert found[0] == pytest.approx(drawn.mean(), abs=5 * drawn.std() / len(drawn) ** 0.5)


def test_an_infinite_lifetime_changes_no_energy() -> None:
    energy = np.array([0.0, 1.0, 5.9])
    assert corrected_kev(energy, 100.0, 0.95, np.inf).tolist() == energy.tolist()


def test_the_scale_is_flat_over_depth_with_the_lifetime_and_not_without(tmp_path: Path) -> None:
    gas = {"attachment_length_mm": 300.0}
    iron, _ = simulated(tmp_path, name="iron", photons=2500, flood=True, **gas)
    gains = made(calibrators.GAINS, fe55=[iron]).table
    lines = (2.0, 4.5, 5.9, 9.0)
    raw, truth = simulated(
        tmp_path, name="lines", source="lines", lines_kev=lines, photons=2400, seed=9, **gas
    )
    config = BARE.model_copy(update={"use_gains": True, "use_attachment": True})
    calibrations = {
        GAINS: (Calibration(GAINS, gains),),
        ATTACHMENT: (Calibration(ATTACHMENT, lifetime(31.4 / 300.0)),),
    }
    scales = {}
    for name, given in (("with", calibrations), ("without", {GAINS: calibrations[GAINS]})):
        setup = setup_of(config, calibrations=given)
        rows = DETECTOR.reconstruction(setup)(raw).observables
        scales[name] = scales_and_depths(rows, truth, lines)
    scale, error, height_mm = scales["with"]
    assert np.ptp(height_mm) > 25
    assert (np.abs(scale - 1) < 3 * error + 0.01).all()
    bare = scales["without"][0]
    assert bare[-1] / bare[0] > 1.05


def scales_and_depths(
    rows: ak.Array, truth: ak.Array, lines: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give scale, its error and the mean drift of photons absorbed whole, by line."""
    truth = truth[truth["event_id"] >= 0]
    rows = rows[rows["anode_clusters"] == 1]
    mine = truth[np.searchsorted(np.asarray(truth["event_id"]), np.asarray(rows["event_id"]))]
    whole = np.asarray(mine["ionised_kev"] > 0.75 * mine["energy_kev"])
    ratio = np.asarray(rows["energy_kev"] / mine["energy_kev"])
    found = []
    for line in lines:
        chosen = whole & (np.asarray(mine["energy_kev"]) == line)
        values = ratio[chosen]
        error = values.std() / np.sqrt(len(values))
        found.append((values.mean(), error, np.asarray(mine["z_mm"])[chosen].mean()))
    scale, error, height = np.array(found).T
    return scale, error, height
