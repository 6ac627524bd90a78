"""The CCD keeps what every detector must keep, and its products keep their schemas."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np

from helioscope.api import check
from helioscope.registry import load
from helioscope.testing import conformance
from helioscope_ccd.detector import DETECTOR
from helioscope_ccd.simulation import TRUTH
from helioscope_ccd.tables import DARK_TABLE, FE55_TABLE


def test_conformance(campaign: Any) -> None:
    conformance(DETECTOR, campaign.setup(), next(campaign.batches("science")()))


def test_calibration_tables_and_truth_keep_their_schemas(campaign: Any) -> None:
    assert not check(campaign.calibrations["ccd-dark"][0].table, DARK_TABLE)
    assert not check(campaign.calibrations["ccd-fe55"][0].table, FE55_TABLE)
    assert not check(campaign.truth(), TRUTH)


def test_the_plugin_brings_what_a_job_needs() -> None:
    registry = load()
    assert not [failure for failure in registry.failures if failure.entry_point == "ccd"]
    (ours,) = [plugin for plugin in registry.loaded if plugin.entry_point == "ccd"]
    names = {item.name for item in ours.brought}
    assert {"ccd", "ccd-pattern", "ccd-dark", "ccd-fe55"} <= names


def test_photons_of_the_simulation_are_found_where_they_hit(campaign: Any) -> None:
    setup = campaign.setup()
    reconstruct = DETECTOR.reconstruction(setup)
    rows = ak.concatenate([reconstruct(b).observables for b in campaign.batches("science")()])
    truth = campaign.truth()
    photons = truth[(truth["kind"] == "photon") & ~truth["out_of_time"]]
    found = 0
    for photon in photons[:100]:
        near = (rows["event_id"] == photon["event_id"]) & (
            np.hypot(rows["x_mm"] - photon["x_mm"], rows["y_mm"] - photon["y_mm"]) < 0.11
        )
        found += bool(ak.any(near))
    assert found > 85
