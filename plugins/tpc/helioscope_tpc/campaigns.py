"""Simulated campaigns: one to measure figures against the truth, one to show."""

from __future__ import annotations

from helioscope.api import Campaign, CampaignOutcome, CampaignResult
from helioscope_tpc.campaign_runs import demo_runs, validation_runs
from helioscope_tpc.cuts import TpcCutsSettings
from helioscope_tpc.settings import TpcSettings


def _validated(result: CampaignResult) -> CampaignOutcome:
    from helioscope_tpc.validation import outcome

    return outcome(result)


def _shown(result: CampaignResult) -> CampaignOutcome:
    from helioscope_tpc.demonstration import outcome

    return outcome(result)


VALIDATION = Campaign(
    name="tpc-validation",
    detector="tpc",
    purpose="validation",
    simulator="tpc",
    discriminator="tpc-sequential",
    detector_config=TpcSettings(),
    runs=validation_runs,
    outcome=_validated,
    discriminator_config=TpcCutsSettings(),
    description="Lines, axion photons, pairs and background against their truth.",
)

DEMO = Campaign(
    name="tpc-demo",
    detector="tpc",
    purpose="demo",
    simulator="tpc",
    discriminator="tpc-sequential",
    detector_config=TpcSettings(),
    runs=demo_runs,
    outcome=_shown,
    discriminator_config=TpcCutsSettings(),
    description="Calibrations and one watch of the Sun.",
)
