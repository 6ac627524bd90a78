"""``helioscope display``: a picture of events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from helioscope.cli.job_options import job_options
from helioscope.cli.output import json_option, message, print_json

if TYPE_CHECKING:
    from helioscope.core.jobs.opening import JobRequest


@click.command("display")
@job_options
@click.option("--run", "run", required=True, help="Name of the run.")
@click.option("--detector", help="Where several detectors have a run of that name.")
@click.option(
    "--event", "first", type=click.IntRange(0), default=0,
    help="Number of the first event.",
)  # fmt: skip
@click.option(
    "--events", type=click.IntRange(1), default=6,
    help="How many events with observables, at the most; a detector may draw fewer.",
)  # fmt: skip
@click.option(
    "--picture", type=click.Path(path_type=Path), help="File to write; in --out by default."
)
@json_option
def command(
    request: JobRequest, run: str, detector: str | None, first: int, events: int,
    picture: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Draw events of a run of JOB as its detector sees them."""
    from helioscope import registry
    from helioscope.core.calibrations.calibrating import calibrate_all
    from helioscope.core.jobs.opening import opened
    from helioscope.core.views.displaying import drawn, run_to_draw
    from helioscope.errors import UsageError
    from helioscope.io.atomic import replacing

    plugins = registry.load()
    with opened(request, plugins) as workspace:
        run_to_draw(workspace, plugins, run, detector)
        for made in calibrate_all(workspace):
            if made.made:
                message(f"calibrated: {made.row.name} of {made.row.detector}, v{made.row.version}")
        drawing = drawn(workspace, plugins, run, detector, first, events)
        if picture and picture.suffix.lower() != f".{drawing.format}":
            raise UsageError(
                where=f"--picture {picture}",
                found=f"the detector draws {drawing.format.upper()}",
                expected=f"a name that ends in .{drawing.format}",
            )
        path = picture or workspace.out / f"{run}_events.{drawing.format}"
        with replacing(path) as file:
            file.write(drawing.content)
    if as_json:
        print_json({"picture": str(path), "format": drawing.format, "events": drawing.events})
    else:
        click.echo(path)
