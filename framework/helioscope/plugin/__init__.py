"""What a plugin gives: detectors, discriminators, calibrators, simulators, sources, as data."""

from helioscope.model.settings import Settings
from helioscope.plugin.calibrator import Calibrated, CalibrationInput, Calibrator
from helioscope.plugin.campaign import (
    Campaign,
    CampaignOutcome,
    CampaignResult,
    CampaignRun,
    Display,
    Figure,
    RunResult,
)
from helioscope.plugin.detector import (
    Detector,
    Discriminate,
    Discriminator,
    Reconstruct,
    Reconstructed,
    Rescale,
    Rescaling,
)
from helioscope.plugin.setup import Calibration, Requirement, Run, Setup
from helioscope.plugin.simulator import Simulated, SimulatedRun, Simulator
from helioscope.plugin.source import FILE_START, Mark, Source, SourceRequest, even_marks

__all__ = [
    "FILE_START",
    "Calibrated",
    "Calibration",
    "CalibrationInput",
    "Calibrator",
    "Campaign",
    "CampaignOutcome",
    "CampaignResult",
    "CampaignRun",
    "Detector",
    "Discriminate",
    "Discriminator",
    "Display",
    "Figure",
    "Mark",
    "Reconstruct",
    "Reconstructed",
    "Requirement",
    "Rescale",
    "Rescaling",
    "Run",
    "RunResult",
    "Settings",
    "Setup",
    "Simulated",
    "SimulatedRun",
    "Simulator",
    "Source",
    "SourceRequest",
    "even_marks",
]
