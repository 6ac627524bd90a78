"""Each call of a command as a job in the catalogue, with what failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from helioscope.catalog.rows import Failure, JobState
from helioscope.catalog.store import Catalog
from helioscope.core.jobs.archived_jobs import ArchivedJob
from helioscope.core.jobs.workspace import Workspace
from helioscope.errors import HelioscopeError


class Failures(list[tuple[str, str, HelioscopeError]]):
    """Run, detector and fault of each run that failed.

    Attributes
    ----------
    skipped
        Some run went on without a file.
    """

    skipped: bool = False

    @property
    def state(self) -> JobState:
        """How a job ended that came to its end."""
        if self:
            return "failed"
        return "done with skips" if self.skipped else "done"


@contextmanager
def recorded(workspace: Workspace, command: str) -> Iterator[Failures]:
    """Enter a job, and its end whatever it is; the caller adds what failed to the list."""
    jobs = [ArchivedJob(workspace.job, workspace.plan.data)] if workspace.job else []
    tag = workspace.analysis_tag or ""
    with recorded_in(workspace.catalog, command, tag, jobs) as failures:
        yield failures


@contextmanager
def recorded_in(
    catalog: Catalog, command: str, tag: str, jobs: Sequence[ArchivedJob]
) -> Iterator[Failures]:
    """Enter a job as `recorded` does; where it works by one job file, that is kept with it."""
    (path, data) = (jobs[0].path, jobs[0].data) if len(jobs) == 1 else (None, None)
    number = catalog.start_job(command, tag, path, data)
    failures = Failures()
    state: JobState = "interrupted"
    try:
        yield failures
        state = failures.state
    except HelioscopeError as error:
        failures.append(("", "", error))
        state = "failed"
        raise
    finally:
        rows = [Failure(run, detector, fault.as_dict()) for run, detector, fault in failures]
        catalog.finish_job(number, state, rows)
