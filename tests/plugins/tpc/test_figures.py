"""The validation's figures of the background and of two photons, on made-up runs."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
import pytest

from helioscope.api import Run, RunResult
from helioscope_tpc.background_figures import background_figures
from helioscope_tpc.columns import OUTSIDE_WINDOWS
from helioscope_tpc.pair_figures import found

from .chamber import setup_of


def result(truth: dict[str, Any], **products: dict[str, Any]) -> RunResult:
    tables = {name: ak.Array(columns) for name, columns in products.items()}
    return RunResult(Run("r", "x"), setup_of(), ak.Array(truth), tables, lambda: iter(()), {})


def test_rejection_counts_events_over_the_area_and_in_the_windows() -> None:
    outside = OUTSIDE_WINDOWS.mask
    run = result(
        {
            "event_id": [0, 1, 2, 3, 4, -1],
            "source": ["gamma", "gamma", "muon", "muon", "recoil", "muon"],
        },
        observables={
            "event_id": [0, 0, 1, 2, 3, 4],
            "energy_kev": [3.0, 4.0, 20.0, 5.0, 6.0, 7.0],
            "quality": np.array([0, outside, 0, 0, outside, outside], np.uint32),
        },
        candidates={
            "event_id": [0, 0, 1, 2, 3, 4],
            "accepted": [True, False, False, False, False, False],
        },
    )
    figures = {figure.name: figure for figure in background_figures(run)}
    whole = figures["background rejection 1-10 keV"]
    assert whole.value == 4
    assert not whole.passed
    assert figures["background rejection 1-10 keV, in the windows"].value == 2
    assert figures["background rejection, all recorded"].value == 5
    kinds = {name.rpartition(" ")[2]: f.value for name, f in figures.items() if "accepted" in name}
    assert kinds == {"gamma": 1, "muon": 0, "recoil": 0}


PAIRS = {
    "event_id": [0, 0, 1, 1, 2, 2, -1, -1],
    "x_mm": [0.0, 10.0] * 4,
    "y_mm": [0.0, 10.0] * 4,
    "energy_kev": [3.0] * 8,
}


def rows(**changed: list[float]) -> dict[str, Any]:
    """Give both photons of event 0, in the other order, and one row of event 1."""
    table = {
        "event_id": [0, 0, 1],
        "x_mm": [10.5, 0.5, 0.0],
        "y_mm": [9.5, -0.5, 0.0],
        "energy_kev": [3.1, 2.9, 6.0],
    }
    return table | changed


def test_two_photons_are_near_whatever_the_order_of_their_rows() -> None:
    shares = found(result(PAIRS, observables=rows()), 0.25)
    assert shares.two.value == 0.25, "an event that was not recorded counts"
    assert shares.near.value == 0.25


@pytest.mark.parametrize(
    "changed",
    [
        {"y_mm": [-0.5, 9.5, 0.0]},
        {"y_mm": [float("nan"), -0.5, 0.0]},
        {"x_mm": [10.5, 3.5, 0.0]},
        {"energy_kev": [3.1, 2.0, 6.0]},
    ],
)
def test_a_row_off_its_photon_is_two_but_not_near(changed: dict[str, list[float]]) -> None:
    shares = found(result(PAIRS, observables=rows(**changed)), 0.25)
    assert shares.two.value == 0.25
    assert shares.near.value == 0.0


def test_three_rows_are_not_two() -> None:
    three = {name: [*values, values[0]] for name, values in rows().items()}
    shares = found(result(PAIRS, observables=three), 0.25)
    assert shares.two.value == 0.0
