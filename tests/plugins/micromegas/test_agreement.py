"""Simulator, detector and run have to agree before anything is simulated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import uproot

from helioscope.api import Run, SimulatedRun, UsageError
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.run import simulate
from helioscope_micromegas.simulation.settings import MicromegasSimulation, WaveformSimulation
from helioscope_micromegas.simulation.waveform_run import simulate as simulate_waveforms

START_NS, DAY_NS = 1_083_369_600_000_000_000, 86_400_000_000_000


def request(
    folder: Path,
    config: MicromegasSimulation | WaveformSimulation,
    kind: str = "fe55",
    **detector: object,
) -> SimulatedRun:
    run = Run("run", kind, START_NS, START_NS + DAY_NS)
    settings = MicromegasSettings.model_validate(detector)
    return SimulatedRun(run, settings, config, folder, 1)


@pytest.mark.parametrize(
    ("simulator", "detector", "named"),
    [
        ({"dead_strips_x": (500,)}, {}, "dead_strips_x: strip 500"),
        ({"noisy_strips_x": (160,)}, {"n_strips": 120}, "noisy_strips_x: strip 160"),
        ({"dead_strips_y": (-1,)}, {}, "dead_strips_y: strip -1"),
        ({"mesh_start_sample": 2500}, {}, "expected: from 400"),
        ({"mesh_start_sample": 399}, {}, "expected: from 400"),
        ({}, {"mesh_samples": 500}, "mesh_start_sample: 600"),
        ({"gain_per_day": -1.0}, {}, "gain_per_day: -1.0: a gain of 1 at the run's start and of 0"),
    ],
)
def test_what_does_not_agree_is_refused_before_a_file_is_written(
    tmp_path: Path, simulator: dict[str, object], detector: dict[str, object], named: str
) -> None:
    config = MicromegasSimulation.model_validate({"events": 5, **simulator})
    with pytest.raises(UsageError, match=named) as error:
        simulate(request(tmp_path, config, **detector))
    assert error.value.exit_code == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("start_sample", [149, 512])
def test_waveforms_start_behind_the_baseline(tmp_path: Path, start_sample: int) -> None:
    config = WaveformSimulation(events=5, start_sample=start_sample)
    with pytest.raises(UsageError, match=r"from 150, .* to 511, the last"):
        simulate_waveforms(request(tmp_path, config))


def test_smaller_detector_leaves_out_the_default_bad_strips_that_it_lacks(tmp_path: Path) -> None:
    """The detector of 2013 and later, 120 strips of 0.5 mm: the dead strip 47 stays."""
    config = MicromegasSimulation(events=200)
    made = simulate(request(tmp_path, config, "pedestal", n_strips=120, pitch_mm=0.5))
    with uproot.open(made.files[0]) as file:
        events = file["events"].arrays(["x_strip", "x_charge_adu", "y_strip", "y_charge_adu"])
    spread = {
        axis: np.std(np.asarray(events[f"{axis}_charge_adu"]).reshape(200, 120), axis=0)
        for axis in "xy"
    }
    assert np.flatnonzero(spread["x"] == 0).tolist() == [47]
    assert not (spread["y"] == 0).any()
