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
)
from helioscope.plugin.setup import Calibration, Requirement, Run, Setup
from helioscope.plugin.simulator import Simulated, SimulatedRun, Simulator
from helioscope.plugin.source import Source, SourceRequest

__all__ = [
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
    "Reconstruct",
    "Reconstructed",
    "Requirement",
    "Run",
    "RunResult",
    "Settings",
    "Setup",
    "Simulated",
    "SimulatedRun",
    "Simulator",
    "Source",
    "SourceRequest",
]
