"""The jobs of the archive: which job file a run was last processed by, and settings changed."""

from __future__ import annotations

import hashlib
import json
import logging
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from helioscope.catalog.jobs import is_as_kept
from helioscope.catalog.rows import RunRow
from helioscope.catalog.store import Catalog
from helioscope.errors import HelioscopeError, UsageError, nearest
from helioscope.job.file import JobFile, read_job
from helioscope.job.writing import write_toml
from helioscope.model.toml_files import read_toml

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


def changed(job: ArchivedJob, changes: Mapping[str, str], folder: Path) -> ArchivedJob:
    """Write a copy of a job with settings changed.

    Parameters
    ----------
    changes
        Values as TOML writes them, by dotted place: ``detectors.ccd.settings.threshold_sigma``,
        or ``ccd.threshold_sigma`` for short.
    folder
        Where the copy goes.

    Raises
    ------
    UsageError
        Where a place leads nowhere in this job.
    """
    tables, _ = read_toml(job.path)
    for place, text in changes.items():
        _set(tables, place, _value(text))
    content = json.dumps(tables, default=_plain, sort_keys=True)
    path = folder / f"{hashlib.sha256(content.encode()).hexdigest()[:16]}.toml"
    write_toml(path, json.loads(content))
    return ArchivedJob(path, job.data)


def belonging(job: ArchivedJob, changes: Mapping[str, str]) -> dict[str, str]:
    """Choose the changes that belong to this job: those of whose place it has the detector."""
    return {
        place: value
        for place, value in changes.items()
        if _detector_in(place.split("."), job.content) is not None
    }


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


def _detector_in(parts: Sequence[str], content: JobFile) -> str | None:
    name = parts[1] if parts[0] == "detectors" and len(parts) > 1 else parts[0]
    return name if parts[0] == "job" or name in content.detectors else None


def _set(tables: dict[str, Any], place: str, value: Any) -> None:
    parts = place.split(".")
    if parts[0] not in tables and parts[0] in tables.get("detectors", {}):
        parts = ["detectors", parts[0], "settings", *parts[1:]]
    if len(parts) < 2 or parts[0] not in ("job", "detectors") or not all(parts):
        detectors = list(tables.get("detectors", {}))
        raise UsageError(
            where=f"--set {place}",
            found="a place that leads nowhere",
            expected=f"detectors.NAME.settings.KEY or NAME.KEY; {nearest(parts[0], detectors)}",
        )
    table = tables
    for part in parts[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise UsageError(where=f"--set {place}", found=f"'{part}' is no table")
    table[parts[-1]] = value


def _value(text: str) -> Any:
    """Read a value as TOML; a bare word is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _plain(value: object) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
