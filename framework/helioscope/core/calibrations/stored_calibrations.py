"""Calibrations that are stored: those that hold for a run are found, looked at and read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from helioscope.catalog.calibration_sets import CalibrationSet
from helioscope.catalog.rows import CalibrationRow
from helioscope.core.events.border import read_only
from helioscope.errors import InputError
from helioscope.files import sha256_of
from helioscope.io.parquet import read_product
from helioscope.plugin import Calibration, Requirement

TABLE = "table.parquet"
ATTACHMENTS = "attachments"
FIGURES = "figures"
RECORD = "record.json"
#: Loaded calibrations that are kept: some for each detector of a job.
KEPT = 32


def fetch(
    held: CalibrationSet,
    detector: str,
    requirements: Iterable[Requirement],
    span: tuple[int | None, int | None],
) -> dict[str, tuple[Calibration, ...]]:
    """Find and load the calibrations that hold for a run.

    Parameters
    ----------
    held
        The calibrations to choose from.
    span
        Half-open span of the run.

    Raises
    ------
    UsageError
        On a gap or an overlap of validity, before anything is read.
    InputError
        Where a stored calibration is not what the catalogue says.
    """
    chosen = choose(held, detector, requirements, span)
    return {name: tuple(load(row) for row in rows) for name, rows in chosen.items()}


def choose(
    held: CalibrationSet,
    detector: str,
    requirements: Iterable[Requirement],
    span: tuple[int | None, int | None],
) -> dict[str, tuple[CalibrationRow, ...]]:
    """Find the calibrations that hold for a run, as `fetch` does, without reading them."""
    return {
        need.name: held.valid_for(detector, need.name, *span, interpolated=need.interpolated)
        for need in requirements
        if held.versions(detector, need.name) or not need.optional
    }


def kept(row: CalibrationRow, loaded: dict[CalibrationRow, Calibration]) -> Calibration:
    """Give a calibration as `load` does, and keep the last few for the runs that come next."""
    if row not in loaded:
        while len(loaded) >= KEPT:
            del loaded[next(iter(loaded))]
        loaded[row] = load(row)
    return loaded[row]


def load(row: CalibrationRow) -> Calibration:
    """Read one stored calibration after its digest was checked; its table cannot be written.

    Raises
    ------
    InputError
        Where the digest is another, or the folder is incomplete.
    """
    about = require_undamaged(row)
    return Calibration(
        name=row.name,
        table=read_only(read_product(row.path / TABLE)),
        version=row.version,
        digest=row.digest,
        start_ns=row.start_ns,
        stop_ns=row.stop_ns,
        attachments={
            path.name: path.read_bytes() for path in sorted((row.path / ATTACHMENTS).glob("*"))
        },
        metadata=about["metadata"],
    )


def require_undamaged(row: CalibrationRow) -> dict[str, Any]:
    """Give the record of a calibration after a look at its content.

    Raises
    ------
    InputError
        Where the digest is another, or the folder is incomplete.
    """
    if not (row.path / TABLE).is_file() or content_digest(row.path) != row.digest:
        raise InputError(
            where=str(row.path),
            found="a stored calibration that is not what was registered",
            expected=f"sha256 {row.digest}",
            remedy="restore the folder from a copy, or make the calibration again",
        )
    return record(row)


def record(row: CalibrationRow) -> dict[str, Any]:
    """Read the record beside a stored calibration.

    Raises
    ------
    InputError
        Where it is gone or damaged.
    """
    path = row.path / RECORD
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if values["digest"] == row.digest and {"metadata", "summary"} <= values.keys():
            return values
        found = "the record of another calibration"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
    raise InputError(
        where=str(path),
        found=found,
        expected=f"the record of {row.name} of {row.detector}, v{row.version}",
        remedy="restore the folder from a copy, or make the calibration again",
    )


def content_digest(folder: Path) -> str:
    """Hash what decides the effect of a calibration: its table and its attachments."""
    sha = hashlib.sha256()
    for path in [folder / TABLE, *sorted((folder / ATTACHMENTS).glob("*"))]:
        sha.update(f"{path.name}:{sha256_of(path)}\n".encode())
    return sha.hexdigest()
