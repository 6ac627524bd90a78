"""Where the simulator's settings have to agree with the detector's and with the run's span."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from helioscope.api import SimulatedRun, UsageError
from helioscope_micromegas.simulation.electronics import gain_at
from helioscope_micromegas.simulation.kinds import as_labelled
from helioscope_micromegas.simulation.settings import MicromegasSimulation

_BAD_STRIPS = ("dead_strips_x", "dead_strips_y", "noisy_strips_x")


def agreed(request: SimulatedRun) -> SimulatedRun:
    """Give a request whose settings agree: of the run's kind, on strips that exist.

    Raises
    ------
    UsageError
        Where they name a strip that the detector does not have, contradict the run's kind, let
        pulses start in the samples of the baseline or behind the last one, or let the gain
        drift to 0 within the run.
    """
    request = as_labelled(_on_strips_that_exist(request))
    _require_pulses_in_the_samples(request)
    _require_gain(request)
    return request


def _on_strips_that_exist(request: SimulatedRun) -> SimulatedRun:
    """Leave out of the default bad strips those that a smaller detector does not have."""
    config, strips = request.config, request.detector_config.n_strips
    kept = {}
    for name in _BAD_STRIPS:
        inside = tuple(strip for strip in getattr(config, name) if 0 <= strip < strips)
        absent = sorted(set(getattr(config, name)) - set(inside))
        if absent and name in config.model_fields_set:
            raise UsageError(
                where=f"simulation of run '{request.run.name}', {name}",
                found=f"strip {absent[0]}",
                expected=f"strips of 0 to {strips - 1}, of which the detector has n_strips",
                remedy="correct the list in [simulator], or n_strips in [detector]",
            )
        if absent:
            kept[name] = inside
    return replace(request, config=config.model_copy(update=kept))


def _require_pulses_in_the_samples(request: SimulatedRun) -> None:
    config, detector = request.config, request.detector_config
    if config.kind in ("pedestal", "readout"):
        return
    if isinstance(config, MicromegasSimulation):
        name, first, last = (
            "mesh_start_sample",
            detector.mesh_baseline_samples,
            detector.mesh_samples,
        )
    else:
        name, first, last = "start_sample", detector.baseline_range[1], detector.samples
    if not first <= getattr(config, name) < last:
        raise UsageError(
            where=f"simulation of run '{request.run.name}', {name}",
            found=str(getattr(config, name)),
            expected=f"from {first}, where the baseline's samples end, to {last - 1}, the last",
            remedy=f"set {name} in [simulator], or the samples in [detector]",
        )


def _require_gain(request: SimulatedRun) -> None:
    run, config = request.run, request.config
    if run.start_ns is None or run.stop_ns is None:
        return
    gain = gain_at(np.array([run.start_ns, run.stop_ns]), config, run.start_ns)
    if gain.min() <= 0:
        raise UsageError(
            where=f"simulation of run '{run.name}', gain_per_day",
            found=f"{config.gain_per_day}: a gain of {gain[0]:.3g} at the run's start and of "
            f"{gain[1]:.3g} at its end",
            expected="a gain above 0",
            remedy="set gain_epoch_ns nearer to the run, or a smaller gain_per_day",
        )
