"""The options that all commands on a job share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from helioscope.cli.catalog_option import catalog_option

_FOLDER = click.Path(file_okay=False, path_type=Path)


def job_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the job file and the options of `JobRequest`, as one argument."""

    @click.argument("job", type=click.Path(path_type=Path))
    @click.option("--data", type=_FOLDER, help="Folder of the raw files; the job's own by default.")
    @click.option("--out", type=_FOLDER, help="Folder of the products; 'out' beside the job.")
    @catalog_option
    @click.option("--tag", "analysis_tag", help="Use the calibrations frozen under this tag.")
    @click.option("--skip-bad", is_flag=True, help="List bad files and go on; exit code 3.")
    @click.option("--quiet", is_flag=True, help="Show no progress.")
    @functools.wraps(command)
    def wrapped(
        job: Path,
        data: Path | None,
        out: Path | None,
        catalog: str | None,
        analysis_tag: str | None,
        skip_bad: bool,
        quiet: bool,
        **others: Any,
    ) -> Any:
        from helioscope.core.jobs.opening import JobRequest

        request = JobRequest(job, data, out, catalog, analysis_tag, skip_bad, quiet)
        return command(request=request, **others)

    return wrapped
