"""Settings that are changed in the jobs of the archive: what may be, and the copy that has them."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helioscope.core.jobs.archived_jobs import ArchivedJob
from helioscope.errors import UsageError, nearest
from helioscope.job.file import JobFile
from helioscope.job.writing import write_toml
from helioscope.model.toml_files import read_toml

#: Tables and keys of a detector that decide its calibrations alone.
_OF_CALIBRATIONS = ("calibrators", "calibration_per_run")


def changes_of(words: Iterable[str]) -> dict[str, str]:
    """Read changes as a command gets them, PLACE=VALUE each, and give them by place.

    Raises
    ------
    UsageError
        Where one is none, has no effect on a reprocessing, or is given twice with other values.
    """
    result: dict[str, str] = {}
    given: dict[str, tuple[str, str]] = {}
    for word in words:
        place, sign, value = (part.strip() for part in word.partition("="))
        if not sign or not place:
            raise UsageError(where=f"--set {word}", found="no '='", expected="NAME.KEY=VALUE")
        whole = _whole(place)
        _require_effect(word, whole)
        before, old = given.setdefault(".".join(whole), (word, value))
        if old != value and _value(old) != _value(value):  # nan is not itself
            raise UsageError(
                where=f"--set {word}",
                found=f"another value of the same setting than in --set {before}",
                expected="one value of each setting",
            )
        result[place] = value
    return result


def _whole(place: str) -> list[str]:
    """Give the parts of a place in the job file, short or not."""
    name, *rest = place.split(".")
    return [name, *rest] if name in ("job", "detectors") else ["detectors", name, "settings", *rest]


def _require_effect(word: str, whole: Sequence[str]) -> None:
    if whole[0] == "detectors" and whole[2:3] and whole[2] in _OF_CALIBRATIONS:
        raise UsageError(
            where=f"--set {word}",
            found="a setting of calibrations, of which a reprocessing makes none",
            expected="settings of a detector, of its discriminator or of the job",
            remedy="make them with 'helioscope calibrate'; a new --tag freezes what holds then",
        )
    if list(whole) == ["job", "name"]:
        raise UsageError(
            where=f"--set {word}",
            found="the name of the job, by which a tag knows how it is made",
            expected="settings of a detector, of its discriminator or of the job",
        )


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
