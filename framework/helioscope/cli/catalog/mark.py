"""``helioscope catalog mark``: the state of a run, with a reason."""

from __future__ import annotations

import click

from helioscope.catalog.rows import STATES, State
from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import message


@click.command("mark")
@click.argument("detector")
@click.argument("run")
@click.argument("state", type=click.Choice(STATES))
@click.option("--reason", default="", show_default=False, help="Why; needed for anything but ok.")
@archive_options
def command(archive: Archive, detector: str, run: str, state: State, reason: str) -> None:
    """Say that RUN of DETECTOR is ok, suspect or bad; a bad run is not reprocessed."""
    from helioscope.errors import UsageError

    if state != "ok" and not reason.strip():
        raise UsageError(where="--reason", found="none", expected=f"why the run is {state}")
    with archive.opened() as catalog:
        catalog.mark_run(detector, run, state, reason)
    message(f"run {run} of {detector} is {state}")
