"""Each call of a command as a job in the catalogue, with what failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from helioscope.catalog.rows import Failure, JobState
from helioscope.catalog.store import Catalog
from helioscope.core.jobs.archived_jobs import ArchivedJob
from helioscope.core.jobs.workspace import Workspace
from helioscope.errors import HelioscopeError


@dataclass
class Failures:
    """What fails in a job; it is entered when it happens, whatever ends the job later.

    Attributes
    ----------
    skipped
        Some run went on without a file.
    """

    catalog: Catalog
    job: int
    skipped: bool = False
    _any: bool = False

    def add(self, run: str, detector: str, fault: HelioscopeError) -> None:
        """Enter a run that failed."""
        self._any = True
        self.catalog.add_failure(self.job, Failure(run, detector, fault.as_dict()))

    @property
    def state(self) -> JobState:
        """How a job ended that came to its end."""
        if self._any:
            return "failed"
        return "done with skips" if self.skipped else "done"


@contextmanager
def recorded(workspace: Workspace, command: str) -> Iterator[Failures]:
    """Enter a job, and its end whatever it is; the caller adds what fails."""
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
    failures = Failures(catalog, number)
    state: JobState = "interrupted"
    try:
        yield failures
        state = failures.state
    except HelioscopeError as error:
        state = "failed"
        failures.add("", "", error)
        raise
    finally:
        catalog.finish_job(number, state)
