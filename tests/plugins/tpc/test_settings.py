"""Settings of the TPC: impossible ones are refused before anything is read or written."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from helioscope.api import UsageError
from helioscope_tpc.cuts import TpcCutsSettings
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.simulation.settings import TpcSimulationSettings

from .chamber import written


@pytest.mark.parametrize(
    ("model", "settings", "named"),
    [
        (TpcSettings, {"baseline_stop": 500}, "baseline_stop 500 must rise within 128 samples"),
        (TpcSettings, {"baseline_start": 50, "baseline_stop": 20}, "baseline_start 50"),
        (TpcSettings, {"baseline_start": 24}, "baseline_start 24"),
        (TpcSettings, {"samples": 16}, "within 16 samples"),
        (TpcCutsSettings, {"energy_kev": (10.0, 1.0)}, "energy_kev 10.0..1.0"),
        (TpcCutsSettings, {"anode_multiplicity": (4, 1)}, "anode_multiplicity 4..1"),
        (TpcCutsSettings, {"veto_us": (10.0, 0.0)}, "veto_us 10.0..0.0"),
        (TpcSimulationSettings, {"lines_kev": ()}, "lines_kev is empty"),
        (TpcSimulationSettings, {"lines_kev": (3.0, 200.0)}, "200.0 must lie within 0.8 to 30"),
        (TpcSimulationSettings, {"lines_kev": (-1.0,)}, "-1.0 must lie"),
    ],
)
def test_impossible_settings_are_refused(
    model: type[BaseModel], settings: dict[str, object], named: str
) -> None:
    with pytest.raises(ValidationError, match=named):
        model.model_validate(settings)


def test_cut_of_one_value_is_a_pair() -> None:
    assert TpcCutsSettings(anode_multiplicity=(2, 2)).anode_multiplicity == (2, 2)


@pytest.mark.parametrize(
    ("simulation", "named"),
    [
        ({"pretrigger_samples": 500}, "pretrigger_samples"),
        ({"pretrigger_samples": 23}, "from 24, where the baseline's samples end"),
        ({"pairs": 5, "pair_distance_mm": 84.5}, "pair_distance_mm"),
    ],
)
def test_chamber_that_cannot_show_its_pulses_is_refused(
    tmp_path: Path, simulation: dict[str, object], named: str
) -> None:
    with pytest.raises(UsageError, match=named):
        written(tmp_path, **simulation)
    assert not list(tmp_path.iterdir())
