"""What the CCD brings to helioscope."""

from __future__ import annotations

from helioscope.api import (
    Calibrator,
    Campaign,
    Detector,
    Discriminator,
    Display,
    Simulator,
    hookimpl,
)
from helioscope_ccd.campaigns import DEMO, VALIDATION
from helioscope_ccd.darks_calibrator import DARKS
from helioscope_ccd.detector import DETECTOR
from helioscope_ccd.discriminator import DISCRIMINATOR
from helioscope_ccd.display import DISPLAY
from helioscope_ccd.fe55_calibrator import FE55_CALIBRATOR
from helioscope_ccd.simulation import SIMULATOR


@hookimpl
def helioscope_detectors() -> list[Detector]:
    """List the detector."""
    return [DETECTOR]


@hookimpl
def helioscope_discriminators() -> list[Discriminator]:
    """List the rule by pattern and quality."""
    return [DISCRIMINATOR]


@hookimpl
def helioscope_calibrators() -> list[Calibrator]:
    """List the calibrators of dark frames and 55Fe."""
    return [DARKS, FE55_CALIBRATOR]


@hookimpl
def helioscope_simulators() -> list[Simulator]:
    """List the simulator."""
    return [SIMULATOR]


@hookimpl
def helioscope_campaigns() -> list[Campaign]:
    """List validation and demonstration."""
    return [VALIDATION, DEMO]


@hookimpl
def helioscope_displays() -> list[Display]:
    """List the event display."""
    return [DISPLAY]
