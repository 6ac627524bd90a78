"""``helioscope catalog end``: a job is gone that never said so."""

from __future__ import annotations

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import message


@click.command("end")
@click.argument("job", type=int)
@archive_options
def command(archive: Archive, job: int) -> None:
    """Say that JOB, by its number, works no more: its machine is gone or has another name.

    What it left over can then be taken away. A killed job of this machine needs no such word.
    """
    from helioscope.core.archive.job_history import elsewhere, running
    from helioscope.errors import UsageError

    with archive.opened() as catalog:
        found = next((row for row in catalog.jobs() if row.id == job), None)
        if found is None:
            raise UsageError(where=f"job {job}", found="the catalogue does not have it")
        if running(found) and not elsewhere(found):
            raise UsageError(
                where=f"job {job}",
                found=f"process {found.pid} of this machine works on it",
                expected="a job that works no more",
                remedy="end the process first",
            )
        if found.state != "running":
            raise UsageError(where=f"job {job}", found=f"it has ended: {found.state}")
        catalog.end_job(job)
    message(f"job {job} of {found.host} is ended: interrupted")
