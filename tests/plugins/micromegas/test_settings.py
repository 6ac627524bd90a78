"""Settings: each says what it means, and impossible ones are refused."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from helioscope_micromegas import plugin
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.settings import MicromegasSimulation

OWN: dict[str, type[BaseModel]] = {
    item.config.__name__: item.config
    for listed in (
        plugin.helioscope_detectors(),
        plugin.helioscope_simulators(),
        [
            calibrator
            for calibrator in plugin.helioscope_calibrators()
            if calibrator.config.__module__.startswith("helioscope_micromegas")
        ],
    )
    for item in listed
}


@pytest.mark.parametrize("name", OWN)
def test_every_setting_has_a_meaning(name: str) -> None:
    without = [key for key, field in OWN[name].model_fields.items() if not field.description]
    assert not without


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"baseline_range": (20, 600)}, "baseline_range"),
        ({"pulse_range": (450, 150)}, "pulse_range"),
        ({"veto_range": (-5, 150)}, "veto_range"),
        ({"veto_range": (400, 513)}, "veto_range"),
        ({"veto_time_window_ns": (9000.0, 3000.0)}, "veto_time_window_ns"),
        ({"mesh_baseline_samples": 2500}, "mesh_baseline_samples"),
        ({"threshold_sigma": 3.0}, "threshold_sigma"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        MicromegasSettings.model_validate(settings)


def test_shares_are_not_negative() -> None:
    with pytest.raises(ValidationError, match="muon_share"):
        MicromegasSimulation(muon_share=-0.1)
