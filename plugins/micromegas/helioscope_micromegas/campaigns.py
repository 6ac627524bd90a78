"""The simulated campaigns of the Micromegas: validation against the truth, demonstration."""

from __future__ import annotations

from helioscope.api import Campaign, CampaignOutcome, CampaignResult
from helioscope_micromegas import waveform_campaign_runs
from helioscope_micromegas.campaign_runs import CONFIG, demo_runs, validation_runs
from helioscope_micromegas.detector import (
    ENERGY,
    PEDESTALS,
    READOUT,
    STRIP_GAIN,
    WAVEFORM_PEDESTALS,
)

CLASSIFIERS = ("micromegas-cuts", "micromegas-likelihood", "micromegas-classifier")


def validation_outcome(result: CampaignResult) -> CampaignOutcome:
    """Compare with the truth."""
    from helioscope_micromegas.validation import outcome

    return outcome(result)


def demo_outcome(result: CampaignResult) -> CampaignOutcome:
    """Draw what came out."""
    from helioscope_micromegas.demonstration import outcome

    return outcome(result)


def waveform_outcome(result: CampaignResult) -> CampaignOutcome:
    """Compare waveforms with the truth."""
    from helioscope_micromegas.waveform_validation import outcome

    return outcome(result)


VALIDATION = Campaign(
    name="micromegas-validation",
    detector="micromegas",
    purpose="validation",
    simulator="micromegas",
    discriminator="micromegas-classifier",
    detector_config=CONFIG,
    runs=validation_runs,
    outcome=validation_outcome,
    calibrators=(PEDESTALS, STRIP_GAIN, ENERGY, *CLASSIFIERS),
    description="Energy, position and discrimination against the truth of a simulation.",
)

DEMO = Campaign(
    name="micromegas-demo",
    detector="micromegas",
    purpose="demo",
    simulator="micromegas",
    discriminator="micromegas-classifier",
    detector_config=CONFIG,
    runs=demo_runs,
    outcome=demo_outcome,
    calibrators=(PEDESTALS, STRIP_GAIN, ENERGY, *CLASSIFIERS),
    description="Pedestals, 55Fe, background and a science run with axion X-rays while tracking.",
)

WAVEFORM_VALIDATION = Campaign(
    name="micromegas-waveforms-validation",
    detector="micromegas",
    purpose="validation",
    simulator="micromegas-waveforms",
    discriminator=None,
    detector_config=waveform_campaign_runs.CONFIG,
    runs=waveform_campaign_runs.runs,
    outcome=waveform_outcome,
    calibrators=(READOUT, WAVEFORM_PEDESTALS, ENERGY),
    description="Pedestals, energy and position of waveform strips against the truth.",
)
