"""What this plugin brings to helioscope."""

from __future__ import annotations

from helioscope.api import (
    Calibrator,
    Campaign,
    Detector,
    Discriminator,
    Display,
    Simulator,
    Source,
    calibrators,
    discriminators,
    hookimpl,
)
from helioscope_micromegas.campaigns import DEMO, VALIDATION, WAVEFORM_VALIDATION
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.energy_calibration import ENERGY_SCALE
from helioscope_micromegas.event_display import DISPLAY
from helioscope_micromegas.pedestals import PEDESTAL
from helioscope_micromegas.readout_map import READOUT, READOUT_MAP
from helioscope_micromegas.separation import SEPARATION, WAVEFORM_SEPARATION
from helioscope_micromegas.simulation.run import SIMULATOR
from helioscope_micromegas.simulation.waveform_run import WAVEFORM_SIMULATOR
from helioscope_micromegas.sources import AQS
from helioscope_micromegas.strip_gains import STRIP_GAINS
from helioscope_micromegas.waveform_pedestals import WAVEFORM_PEDESTAL


@hookimpl
def helioscope_detectors() -> list[Detector]:
    """List the detector."""
    return [DETECTOR]


@hookimpl
def helioscope_discriminators() -> list[Discriminator]:
    """List cuts, likelihood ratio and classifier of each read-out."""
    return [*discriminators(SEPARATION), *discriminators(WAVEFORM_SEPARATION)]


@hookimpl
def helioscope_calibrators() -> list[Calibrator]:
    """List what makes its calibrations and models."""
    return [
        READOUT, PEDESTAL, WAVEFORM_PEDESTAL, STRIP_GAINS, ENERGY_SCALE,
        *calibrators(SEPARATION), *calibrators(WAVEFORM_SEPARATION),
    ]  # fmt: skip


@hookimpl
def helioscope_simulators() -> list[Simulator]:
    """List what simulates it."""
    return [SIMULATOR, WAVEFORM_SIMULATOR]


@hookimpl
def helioscope_sources() -> list[Source]:
    """List its raw file formats."""
    return [AQS, READOUT_MAP]


@hookimpl
def helioscope_campaigns() -> list[Campaign]:
    """List its simulated campaigns."""
    return [VALIDATION, DEMO, WAVEFORM_VALIDATION]


@hookimpl
def helioscope_displays() -> list[Display]:
    """List what draws its events."""
    return [DISPLAY]
