"""``helioscope validate``: a detector's figures against the truth of a simulation."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helioscope.cli.output import json_option, message, print_json, print_table

if TYPE_CHECKING:
    from helioscope.plugin import CampaignOutcome

#: The campaign's start; any instant will do, and this one is in CAST's 2004 season.
START = "2004-07-01T04:00:00Z"


@click.command("validate")
@click.argument("detector")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the simulated runs, products and pictures there.",
)
@click.option("--campaign", help="Another campaign than the detector's first; see plugins.")
@json_option
def command(detector: str, out: Path | None, campaign: str | None, as_json: bool) -> int:
    """Simulate, calibrate and reconstruct DETECTOR, and compare with the truth.

    Every figure stands beside what is asked of it. The exit code is 3 where one fails.
    """
    if out is not None:
        outcome = _validated(detector, campaign, out)
        for path in write_pictures(outcome, out / "pictures"):
            message(f"picture: {path}")
    else:
        with tempfile.TemporaryDirectory(prefix="helioscope-") as folder:
            outcome = _validated(detector, campaign, Path(folder))
    if as_json:
        print_json([figure._asdict() for figure in outcome.figures])
    else:
        names = ("figure", "value", "error", "unit", "required", "")
        print_table(f"validation of {detector}", names, [
            (f.name, f.value, "" if f.error is None else f.error, f.unit, f.required,
             "" if f.passed else "FAILS")
            for f in outcome.figures
        ])  # fmt: skip
    return 0 if all(figure.passed for figure in outcome.figures) else 3


def _validated(detector: str, name: str | None, folder: Path) -> CampaignOutcome:
    from helioscope import registry
    from helioscope.core.campaigns.campaign import campaign_for, carry_out, simulate
    from helioscope.model.time import parse_iso

    plugins = registry.load()
    campaign = campaign_for(plugins, detector, "validation", name)
    message(f"simulating {campaign.name}")
    simulation = simulate(campaign, plugins, folder, parse_iso(START))
    message("calibrating and reconstructing")
    _, outcome = carry_out(simulation, plugins, folder / "out")
    return outcome


def write_pictures(outcome: CampaignOutcome, folder: Path) -> list[Path]:
    """Write the pictures of a campaign, and give their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in outcome.pictures]
    for path, content in zip(paths, outcome.pictures.values(), strict=True):
        path.write_bytes(content)
    return paths
