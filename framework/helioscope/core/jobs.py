"""Each call of a command as a job in the catalogue, with what failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from helioscope.catalog.rows import Failure, JobState
from helioscope.core.workspace import Workspace
from helioscope.errors import HelioscopeError

#: (run, detector, fault) of each run that failed.
Failures = list[tuple[str, str, HelioscopeError]]


@contextmanager
def recorded(workspace: Workspace, command: str) -> Iterator[Failures]:
    """Enter a job, and its end whatever it is; the caller adds what failed to the list."""
    tag, data = workspace.analysis_tag or "", workspace.plan.data
    number = workspace.catalog.start_job(command, tag, workspace.job, data)
    failures: Failures = []
    state: JobState = "interrupted"
    try:
        yield failures
        state = "failed" if failures else "done"
    except HelioscopeError as error:
        failures.append(("", "", error))
        state = "failed"
        raise
    finally:
        rows = [Failure(run, detector, fault.as_dict()) for run, detector, fault in failures]
        workspace.catalog.finish_job(number, state, rows)
