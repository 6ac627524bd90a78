"""The jobs of the archive: which job file a run was last processed by."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from helioscope.catalog.jobs import is_as_kept
from helioscope.catalog.rows import RunRow
from helioscope.catalog.store import Catalog
from helioscope.errors import HelioscopeError, UsageError, nearest
from helioscope.job.file import JobFile, read_job

logger = logging.getLogger(__name__)

#: The first word of the command by which reprocessing enters itself.
REPROCESS = "reprocess"


@dataclass(frozen=True)
class ArchivedJob:
    """A job file and the folder that its paths are relative to."""

    path: Path
    data: Path

    @cached_property
    def content(self) -> JobFile:
        """What the file says, read once.

        Raises
        ------
        UsageError
            Where it is wrong.
        """
        return read_job(self.path)[0]


def jobs_of(
    catalog: Catalog, runs: Sequence[RunRow], given: ArchivedJob | None = None
) -> dict[ArchivedJob, list[RunRow]]:
    """Find for each run the newest job that names it; or take the given one for all.

    Raises
    ------
    UsageError
        Where no job of the catalogue names a run, or the given one does not have its detector.
    """
    if given is not None:
        _require_detectors(given, runs)
        return {given: list(runs)}
    waiting = {(run.detector, run.name): run for run in runs}
    found: dict[ArchivedJob, list[RunRow]] = {}
    unusable: list[str] = []
    for job in _newest_first(catalog):
        if not waiting:
            break
        content = _content(job)
        if isinstance(content, str):
            logger.warning("left out: %s", content)
            unusable.append(content)
            continue
        for entry in content.runs:
            run = waiting.pop((entry.detector, entry.name), None)
            if run is not None:
                found.setdefault(job, []).append(run)
    if waiting:
        first = next(iter(waiting.values()))
        raise UsageError(
            where=f"run {first.name} of {first.detector}"
            + (f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""),
            found="; ".join(["no job of the catalogue names it", *unusable[:3]]),
            expected="a job that says how to process it",
            remedy="give one with --job",
        )
    return found


def _content(job: ArchivedJob) -> JobFile | str:
    """Read a kept job, or say why it cannot tell any more how runs were processed."""
    if not is_as_kept(job.path):
        state = "was edited since it was kept" if job.path.exists() else "is gone"
        return f"the job file {job.path} {state}"
    try:
        return job.content
    except HelioscopeError as fault:
        return f"the job file {job.path}: {fault.found}"


def _newest_first(catalog: Catalog) -> list[ArchivedJob]:
    known = [
        ArchivedJob(job.job_file, job.data_folder)
        for job in reversed(catalog.jobs())
        if job.job_file is not None
        and job.data_folder is not None
        # What one reprocessing changed must not reach the next: each starts from the job itself.
        and not job.command.startswith(REPROCESS)
    ]
    return list(dict.fromkeys(known))


def _require_detectors(job: ArchivedJob, runs: Iterable[RunRow]) -> None:
    known = job.content.detectors
    for run in runs:
        if run.detector not in known:
            raise UsageError(
                where=f"run {run.name} of {run.detector}",
                found=f"{job.path} has no such detector",
                expected=nearest(run.detector, list(known)),
            )
