"""Calibrations on disk: a folder each, with the table, attachments, pictures and a record."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from helioscope.catalog.calibration_sets import CalibrationSet
from helioscope.catalog.rows import CalibrationRow, NewCalibration
from helioscope.catalog.store import Catalog
from helioscope.core.events.border import read_only
from helioscope.core.jobs.record import write_record
from helioscope.errors import InputError
from helioscope.files import sha256_of, sync_folder
from helioscope.io.atomic import unwritable
from helioscope.io.files import write_json
from helioscope.io.parquet import ProductWriter, read_product
from helioscope.plugin import Calibrated, Calibration, Calibrator, Requirement

logger = logging.getLogger(__name__)

TABLE = "table.parquet"
ATTACHMENTS = "attachments"
FIGURES = "figures"
RECORD = "record.json"
#: Loaded calibrations that are kept: some for each detector of a job.
KEPT = 32


def store(
    catalog: Catalog,
    calibrated: Calibrated,
    calibrator: Calibrator,
    new: Mapping[str, Any],
    about: Mapping[str, Any],
) -> CalibrationRow:
    """Write a calibration beside the others and enter it in the catalogue.

    One that was made so before and is damaged or gone is put back in its place: the tags that
    froze it hold again.

    Parameters
    ----------
    new
        The fields of `NewCalibration` but for the digest.
    about
        What stands in the readable record beside the table.

    Raises
    ------
    OutputError
        Where the system refuses.
    """
    catalog.root.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=".calibration-", dir=catalog.root))
    try:
        with ProductWriter(staged / TABLE, calibrator.table, {}) as writer:
            writer.write(calibrated.table)
        _write_files(staged / ATTACHMENTS, calibrated.attachments)
        _write_files(staged / FIGURES, calibrated.figures)
        body = {"metadata": dict(calibrated.metadata), "summary": calibrated.summary}
        digest = content_digest(staged)
        write_record(staged / RECORD, {**about, **body, "digest": digest})
        before = _made_so(catalog, new)
        if before and before.digest == digest:
            _put_back(before, staged)
            return before
        return catalog.register_calibration(NewCalibration(digest=digest, **new), staged)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def known(catalog: Catalog, new: Mapping[str, Any]) -> CalibrationRow | None:
    """Find a calibration that the same code made from the same runs, and that is undamaged.

    One whose validity was changed by an explicit step counts as it was made: making it again
    would undo the step.
    """
    row = _made_so(catalog, new)
    if row is None:
        return None
    try:
        _require_undamaged(row)
    except InputError as fault:
        logger.warning(
            "%s of %s, v%d, is made again, as a new version if it comes out otherwise: %s: %s",
            row.name, row.detector, row.version, fault.where, fault.found,
        )  # fmt: skip
        return None
    return row


def _made_so(catalog: Catalog, new: Mapping[str, Any]) -> CalibrationRow | None:
    of = new["detector"], new["name"]
    versions = {row.version: row for row in catalog.calibration_versions(*of)}
    for row in catalog.live_calibrations(None, *of):
        made = row
        while made.supersedes is not None:
            made = versions[made.supersedes]
        if all(getattr(made, key) == value for key, value in new.items()):
            return row
    return None


def _put_back(row: CalibrationRow, staged: Path) -> None:
    """Put the same content in the place of a damaged one."""
    try:
        shutil.rmtree(row.path, ignore_errors=True)
        row.path.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(row.path)
        sync_folder(row.path.parent)
    except OSError as error:
        raise unwritable(row.path, error) from error


def tell_places(row: CalibrationRow, root: Path, places: list[str]) -> None:
    """Let the record of a calibration tell where its raw files are, if they have moved.

    Parameters
    ----------
    places
        As the catalogue stores paths.
    """
    about = record(row)
    if about["inputs"] == places or all((root / place).is_file() for place in about["inputs"]):
        return
    write_json(row.path / RECORD, about | {"inputs": places})


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
    about = _require_undamaged(row)
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


def _require_undamaged(row: CalibrationRow) -> dict[str, Any]:
    """Give the record of a calibration after a look at its content."""
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


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    if files:
        folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
