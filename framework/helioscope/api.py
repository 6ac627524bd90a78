"""Everything that a detector plugin may import from helioscope."""

from __future__ import annotations

import pluggy

from helioscope.compiled import kernel_compiler
from helioscope.discriminators import (
    Feature,
    Separation,
    TrainingSettings,
    WorkingPointSettings,
    calibrators,
    discriminators,
)
from helioscope.errors import InputError, LimitError, OutputError, PluginError, UsageError
from helioscope.hookspecs import PROJECT
from helioscope.model import products, quality
from helioscope.model.columns import with_columns
from helioscope.model.cuts import failed_cuts
from helioscope.model.quality import QualityBit
from helioscope.model.schema import Column, Schema, check
from helioscope.plugin import (
    FILE_START,
    Calibrated,
    Calibration,
    CalibrationInput,
    Calibrator,
    Campaign,
    CampaignOutcome,
    CampaignResult,
    CampaignRun,
    Detector,
    Discriminate,
    Discriminator,
    Display,
    Figure,
    Mark,
    Reconstruct,
    Reconstructed,
    Requirement,
    Rescale,
    Rescaling,
    Run,
    RunResult,
    Settings,
    Setup,
    Simulated,
    SimulatedRun,
    Simulator,
    Source,
    SourceRequest,
    even_marks,
)
from helioscope.waveforms import (
    Baselines,
    ChannelMoments,
    Pulses,
    PulseSearch,
    baselines,
    coherent_noise_removed,
    find_pulses,
    largest_samples,
    quiet_waveforms,
)

#: Marks a function of a plugin module as a hook.
hookimpl = pluggy.HookimplMarker(PROJECT)

__all__ = [
    "FILE_START",
    "Baselines",
    "Calibrated",
    "Calibration",
    "CalibrationInput",
    "Calibrator",
    "Campaign",
    "CampaignOutcome",
    "CampaignResult",
    "CampaignRun",
    "ChannelMoments",
    "Column",
    "Detector",
    "Discriminate",
    "Discriminator",
    "Display",
    "Feature",
    "Figure",
    "InputError",
    "LimitError",
    "Mark",
    "OutputError",
    "PluginError",
    "PulseSearch",
    "Pulses",
    "QualityBit",
    "Reconstruct",
    "Reconstructed",
    "Requirement",
    "Rescale",
    "Rescaling",
    "Run",
    "RunResult",
    "Schema",
    "Separation",
    "Settings",
    "Setup",
    "Simulated",
    "SimulatedRun",
    "Simulator",
    "Source",
    "SourceRequest",
    "TrainingSettings",
    "UsageError",
    "WorkingPointSettings",
    "baselines",
    "calibrators",
    "check",
    "coherent_noise_removed",
    "discriminators",
    "even_marks",
    "failed_cuts",
    "find_pulses",
    "hookimpl",
    "kernel_compiler",
    "largest_samples",
    "products",
    "quality",
    "quiet_waveforms",
    "with_columns",
]
