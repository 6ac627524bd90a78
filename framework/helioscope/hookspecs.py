"""The hooks that a plugin module may implement; each only lists what the module brings."""

from __future__ import annotations

import pluggy

from helioscope.plugin import (
    Calibrator,
    Campaign,
    Detector,
    Discriminator,
    Display,
    Simulator,
    Source,
)

PROJECT = "helioscope"

hookspec = pluggy.HookspecMarker(PROJECT)


@hookspec
def helioscope_detectors() -> list[Detector]:
    """List the detectors that the plugin reconstructs."""
    return []


@hookspec
def helioscope_discriminators() -> list[Discriminator]:
    """List the rules that tell X-rays from background."""
    return []


@hookspec
def helioscope_calibrators() -> list[Calibrator]:
    """List what makes calibrations from calibration runs."""
    return []


@hookspec
def helioscope_simulators() -> list[Simulator]:
    """List what writes raw events with their truth."""
    return []


@hookspec
def helioscope_sources() -> list[Source]:
    """List further raw file formats."""
    return []


@hookspec
def helioscope_campaigns() -> list[Campaign]:
    """List simulated campaigns for validation and demonstration."""
    return []


@hookspec
def helioscope_displays() -> list[Display]:
    """List what draws events."""
    return []
