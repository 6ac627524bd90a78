"""What this plugin brings to helioscope."""

from __future__ import annotations

from helioscope.api import Calibrator, Detector, Source, hookimpl
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.readout_map import READOUT, READOUT_MAP
from helioscope_micromegas.sources import AQS


@hookimpl
def helioscope_detectors() -> list[Detector]:
    """List the detector."""
    return [DETECTOR]


@hookimpl
def helioscope_calibrators() -> list[Calibrator]:
    """List what makes its calibrations."""
    return [READOUT]


@hookimpl
def helioscope_sources() -> list[Source]:
    """List its raw file formats."""
    return [AQS, READOUT_MAP]
