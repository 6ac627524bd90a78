"""From raw waveforms to observables, on simulated events whose truth is known."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from helioscope.testing import conformance
from helioscope_tpc.plugin import DETECTOR

from .chamber import BARE, setup_of, simulated


@pytest.fixture(scope="module")
def fe55(tmp_path_factory: pytest.TempPathFactory) -> tuple[ak.Array, ak.Array]:
    return simulated(tmp_path_factory.mktemp("fe55"), photons=300)


def test_keeps_every_promise_of_a_detector(fe55: tuple[ak.Array, ak.Array]) -> None:
    conformance(DETECTOR, setup_of(), fe55[0][:60])


def test_places_a_photon_where_it_converted(fe55: tuple[ak.Array, ak.Array]) -> None:
    raw, truth = fe55
    rows = DETECTOR.reconstruction(setup_of())(raw).observables
    rows = rows[(rows["anode_clusters"] == 1) & (rows["cathode_clusters"] == 1)]
    truth = truth[truth["event_id"] >= 0]
    mine = truth[np.searchsorted(np.asarray(truth["event_id"]), np.asarray(rows["event_id"]))]
    assert len(rows) > 0.8 * len(raw)
    assert np.std(np.asarray(rows["x_mm"] - mine["x_mm"])) < 1.0
    assert np.std(np.asarray(rows["y_mm"] - mine["y_mm"])) < 1.0
    assert abs(np.mean(np.asarray(rows["y_mm"] - mine["y_mm"]))) < 0.15


def test_energy_follows_the_collected_charge(tmp_path: Path) -> None:
    raw, truth = simulated(tmp_path, source="lines", lines_kev=(1.5, 3.0, 6.0, 9.0), photons=900)
    rows = DETECTOR.reconstruction(setup_of())(raw).observables
    rows = rows[rows["anode_clusters"] == 1]
    truth = truth[truth["event_id"] >= 0]
    mine = truth[np.searchsorted(np.asarray(truth["event_id"]), np.asarray(rows["event_id"]))]
    ratio = np.asarray(rows["energy_kev"] / mine["collected_kev"])
    lines = np.asarray(mine["energy_kev"])
    medians = np.array([np.median(ratio[lines == line]) for line in (1.5, 3.0, 6.0, 9.0)])
    assert np.abs(medians / medians.mean() - 1).max() < 0.015


def test_an_event_without_a_cluster_has_a_row_only_by_setting(tmp_path: Path) -> None:
    raw, _ = simulated(tmp_path, random_triggers=20)
    bare = DETECTOR.reconstruction(setup_of())(raw).observables
    assert len(bare) == 0
    config = BARE.model_copy(update={"every_event": True, "signal_baselines": True})
    rows = DETECTOR.reconstruction(setup_of(config))(raw).observables
    assert rows["event_id"].to_list() == raw["event_id"].to_list()
    samples = np.asarray(raw["samples_adu"][0])[:, config.baseline_start : config.baseline_stop]
    np.testing.assert_allclose(rows["signal_baseline_mean_adu"][0], samples.mean(axis=1))
    np.testing.assert_allclose(rows["signal_baseline_sigma_adu"][0], samples.std(axis=1))
    assert rows["baseline_sigma_adu"][0] == pytest.approx(samples.std(axis=1).mean())
