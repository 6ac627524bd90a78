"""Settings: each says what it means, and impossible ones are refused."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from helioscope_micromegas import plugin
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.settings import MicromegasSimulation
from helioscope_micromegas.waveform_pedestals import WaveformPedestalSettings

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
        ({"dead_strips_x": (3, 192)}, "dead_strips_x"),
        ({"dead_strips_y": (-1,)}, "dead_strips_y"),
        ({"veto_channels": (-4,)}, "veto_channels"),
        ({"mesh_baseline_samples": 2500}, "mesh_baseline_samples"),
        ({"threshold_sigma": 3.0}, "threshold_sigma"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        MicromegasSettings.model_validate(settings)


SHARES = [name for name in MicromegasSimulation.model_fields if name.endswith("_share")]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"muon_share": -0.1}, "muon_share"),
        (dict.fromkeys(SHARES, 0.0), "all 0"),
        ({"lines_kev": ()}, "lines_kev is empty"),
        ({"lines_kev": (5.9, -3.0)}, "-3.0 must lie within 0.5 to 20"),
        ({"lines_kev": (100.0,)}, "100.0 must lie within 0.5 to 20"),
        ({"tube_kev": (9.0, 1.0)}, "tube_kev"),
        ({"tube_kev": (1.0, 25.0)}, "tube_kev"),
        ({"mesh_rise_ns": 160.0}, "mesh_rise_ns"),
    ],
)
def test_impossible_simulations_are_refused(settings: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        MicromegasSimulation.model_validate(settings)


def test_share_of_one_kind_alone_will_do() -> None:
    MicromegasSimulation.model_validate(dict.fromkeys(SHARES, 0.0) | {"neutron_share": 0.1})


@pytest.mark.parametrize("sample_range", [(140, 0), (7, 7), (-5, 100)])
def test_range_of_pedestal_samples_rises(sample_range: tuple[int, int]) -> None:
    with pytest.raises(ValidationError, match="sample_range"):
        WaveformPedestalSettings(sample_range=sample_range)
