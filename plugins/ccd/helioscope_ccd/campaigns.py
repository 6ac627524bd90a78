"""The simulated campaigns of the CCD: validation against the truth, and the demonstration."""

from __future__ import annotations

from helioscope.api import Campaign, CampaignOutcome, CampaignResult
from helioscope_ccd.campaign_runs import CONFIG, LINES_KEV, SPOT_MM, demo_runs, validation_runs
from helioscope_ccd.tables import DARK, FE55


def validation_outcome(result: CampaignResult) -> CampaignOutcome:
    """Compare with the truth."""
    from helioscope_ccd.validation import outcome

    return outcome(result, LINES_KEV)


def demo_outcome(result: CampaignResult) -> CampaignOutcome:
    """Draw what came out."""
    from helioscope_ccd.demonstration import outcome

    return outcome(result, SPOT_MM)


VALIDATION = Campaign(
    name="ccd-validation",
    detector="ccd",
    purpose="validation",
    simulator="ccd",
    discriminator="ccd-pattern",
    detector_config=CONFIG,
    runs=validation_runs,
    outcome=validation_outcome,
    calibrators=(DARK, FE55),
    description="The pn-CCD's figures against the truth of a simulation.",
)

DEMO = Campaign(
    name="ccd-demo",
    detector="ccd",
    purpose="demo",
    simulator="ccd",
    discriminator="ccd-pattern",
    detector_config=CONFIG,
    runs=demo_runs,
    outcome=demo_outcome,
    calibrators=(DARK, FE55),
    description="Dark, 55Fe, a run of the night and one of the tracking with an axion-like spot.",
)
