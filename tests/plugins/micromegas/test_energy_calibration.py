"""The energy scale of several runs, and of runs that are not good enough."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from helioscope.api import CalibrationInput, InputError, Setup, quality
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.energy_calibration import ENERGY_SCALE
from helioscope_micromegas.settings import MicromegasSettings

from .conftest import START_NS, Made


@pytest.fixture(scope="module")
def rows(fe55: Made) -> ak.Array:
    config = MicromegasSettings(nominal_strip_pedestal_adu=60.0, nominal_strip_noise_adu=4.0)
    return DETECTOR.reconstruction(Setup("micromegas", fe55.run, config))(fe55.raw).observables


def given(made: Made, name: str, rows: ak.Array) -> CalibrationInput:
    run = type(made.run)(name, "fe55", START_NS, START_NS + 10**9)
    return CalibrationInput(Setup("micromegas", run, MicromegasSettings()), lambda: iter([rows]))


def test_summary_names_the_run_of_each_row_whatever_sources_it_had(
    fe55: Made, rows: ak.Array
) -> None:
    """The first run has no mesh, so that it gives one row and the second one two."""
    without = ak.with_field(rows, np.full(len(rows), np.nan, np.float32), "mesh_integral_adu_ns")
    runs = [given(fe55, "no mesh", without), given(fe55, "both", rows)]
    made = ENERGY_SCALE.calibration(ENERGY_SCALE.config(), {"fe55": runs})
    assert [(row["run"], row["source"]) for row in made.summary] == [
        ("no mesh", "strips"),
        ("both", "strips"),
        ("both", "mesh"),
    ]
    assert len(made.table) == 3


def test_refusal_says_what_the_events_were_left_out_for(fe55: Made, rows: ak.Array) -> None:
    bits = np.asarray(rows["quality"]).copy()
    bits[100:] |= np.uint32(quality.SATURATED.mask)
    bits[4000:] |= np.uint32(quality.NEGATIVE.mask)
    saturated = ak.with_field(rows, bits, "quality")
    with pytest.raises(InputError, match="clean events of") as refused:
        ENERGY_SCALE.calibration(ENERGY_SCALE.config(), {"fe55": [given(fe55, "r", saturated)]})
    found = refused.value.found
    assert f"saturated {len(rows) - 100}, negative {len(rows) - 4000}" in found
    assert int(found.split()[0]) <= 100
