"""The simulated chamber against what is known of gas, window and tracks."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
import xraydb

from helioscope.api import Run, SimulatedRun, UsageError
from helioscope.model.schema import check
from helioscope_tpc import matter
from helioscope_tpc.plugin import SIMULATOR
from helioscope_tpc.simulation import background, signals
from helioscope_tpc.simulation.settings import TpcSimulationSettings
from helioscope_tpc.simulation.truth import TRUTH

from .chamber import BARE, HOUR_NS, START_NS, read, simulated

ENERGIES_KEV = np.array([1.0, 1.4, 2.0, 2.9, 3.5, 4.2, 5.9, 8.0, 12.0, 20.0])


def test_argon_attenuates_as_in_another_table() -> None:
    expected = xraydb.mu_elam("Ar", ENERGIES_KEV * 1000)
    np.testing.assert_allclose(matter.argon_cm2_per_g(ENERGIES_KEV), expected, rtol=0.09)


def test_the_window_transmits_as_in_another_table() -> None:
    mylar = xraydb.material_mu("C10H8O4", ENERGIES_KEV * 1000, density=1.397) * 3e-4
    metal = xraydb.material_mu("Al", ENERGIES_KEV * 1000, density=2.699) * 40e-7
    found = matter.window_transmission(ENERGIES_KEV, 3.0, 40.0)
    np.testing.assert_allclose(found, np.exp(-mylar - metal), rtol=0.02)


def test_induced_charge_is_whole_and_symmetric() -> None:
    shares = signals.induced_shares(3.0, 3.0, 0.45)
    np.testing.assert_allclose(shares, shares[::-1, ::-1], rtol=1e-9)
    assert shares.sum(axis=1) == pytest.approx(0.45, rel=5e-3)


def test_shaping_peaks_at_twice_its_time_with_height_one() -> None:
    response = signals.shaping_response(0.1, 0.1)
    assert response.max() == pytest.approx(1.0)
    assert np.argmax(response) * 0.1 / signals.FINE == pytest.approx(0.2)


def test_fluorescence_escapes_as_often_as_yield_and_size_say(tmp_path: Path) -> None:
    _, truth = simulated(tmp_path, source="lines", lines_kev=(5.9,), photons=4000, flood=True)
    truth = truth[np.isfinite(truth["x_mm"])]
    escaped = np.asarray(truth["ionised_kev"] < 4.4).mean()
    # 0.118 of the K vacancies (0.89 of the photons) shine; about half of that leaves 10 cm.
    assert 0.03 < escaped < 0.89 * 0.118
    whole = np.asarray(truth["ionised_kev"])[np.asarray(truth["ionised_kev"]) > 4.9]
    assert whole.mean() == pytest.approx(5.9, rel=0.01)
    assert whole.std() / 5.9 == pytest.approx(np.sqrt(0.2 * 0.0264 / 5.9), rel=0.15)


def test_photons_convert_by_the_attenuation_law(tmp_path: Path) -> None:
    _, truth = simulated(tmp_path, source="lines", lines_kev=(8.0,), photons=4000)
    depth = 100 - np.asarray(truth["z_mm"])[np.isfinite(truth["z_mm"])]
    length = 1 / matter.argon_per_mm(np.array(8.0), 0.95)
    expected = length - 100 / (np.exp(100 / length) - 1)
    assert depth.mean() == pytest.approx(float(expected), rel=0.05)


def test_muons_cross_the_chamber_and_ionise_like_minimum_ionising_particles(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    settings = TpcSimulationSettings(muons=3000)
    made = background.muons(BARE, settings, rng)
    middle = made.place_mm - [0, 0, BARE.drift_mm / 2]
    half = np.array([BARE.width_mm, BARE.height_mm, BARE.drift_mm]) / 2
    assert (np.abs(middle) <= half * 1.001).all()
    assert (made.direction[:, 1] <= 0).all()
    np.testing.assert_allclose(np.linalg.norm(made.direction, axis=1), 1.0)
    ahead = (half * np.sign(made.direction) - middle) / made.direction
    length = ahead.min(axis=1)
    _, truth = simulated(tmp_path, muons=300)
    per_mm = np.asarray(truth["ionised_kev"]).mean() / length.mean()
    # Argon at 1 atm: 2.4 to 2.5 keV per cm for a minimum-ionising particle.
    assert 0.21 < per_mm < 0.30


def test_the_truth_keeps_its_schema_and_numbers_the_raw_events(tmp_path: Path) -> None:
    raw, truth = simulated(
        tmp_path, photons=60, muons=10, gammas=10, recoils=5, fluorescence=6, pairs=4
    )
    faults = check(truth, TRUTH)
    assert [fault for fault in faults if fault.column != "source"] == []
    ids = np.asarray(truth["event_id"])
    assert np.unique(ids[ids >= 0]).tolist() == raw["event_id"].to_list()
    assert (np.diff(np.asarray(raw["time_ns"])) >= 0).all()
    assert set(truth["source"].to_list()) == {
        "photon",
        "muon",
        "gamma",
        "recoil",
        "fluorescence",
        "pair",
    }


def test_the_same_seed_gives_the_same_events_and_another_does_not(tmp_path: Path) -> None:
    first, _ = simulated(tmp_path, "one", photons=30)
    second, _ = simulated(tmp_path, "two", photons=30)
    third, _ = simulated(tmp_path, "three", photons=30, seed=4)
    assert first.to_list() == second.to_list()
    assert first["samples_adu"].to_list() != third["samples_adu"].to_list()


def test_the_raw_file_is_a_ttree(tmp_path: Path) -> None:
    simulated(tmp_path, photons=10)
    with uproot.open(tmp_path / "run.root") as file:
        assert file.classname_of("events") == "TTree"


def test_random_triggers_read_every_wire(tmp_path: Path) -> None:
    raw, _ = simulated(tmp_path, random_triggers=3)
    assert ak.num(raw["wire"]).to_list() == [BARE.wires] * 3


@pytest.mark.parametrize(
    ("kind", "sources"),
    [
        ("fe55", {"photon"}),
        ("pedestal", {"random"}),
        ("muon", {"muon"}),
        ("science", {"muon", "gamma", "recoil", "fluorescence"}),
    ],
)
def test_a_run_without_settings_holds_what_its_kind_says(
    tmp_path: Path, kind: str, sources: set[str]
) -> None:
    run = Run("plain", kind, START_NS + 900 * 24 * HOUR_NS, START_NS + 900 * 24 * HOUR_NS + 10**10)
    asked = SimulatedRun(run, BARE, TpcSimulationSettings(rate_hz=15.0), tmp_path, 1)
    made = SIMULATOR.simulation(asked)
    truth = ak.from_parquet(made.truth)
    assert set(truth["source"].to_list()) == sources
    samples = ak.flatten(read(made.files[0], BARE)["samples_adu"], axis=None)
    top = 2**BARE.adc_bits - 1
    assert np.median(samples) == pytest.approx(100, abs=15)
    assert np.mean((np.asarray(samples) == top) | (np.asarray(samples) == 0)) < 0.01


def test_a_chamber_that_drifted_out_of_its_electronics_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="gain_reference_ns"):
        simulated(tmp_path, photons=5, gain_reference_ns=START_NS - 400 * 24 * HOUR_NS)
