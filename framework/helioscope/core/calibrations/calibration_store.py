"""Calibrations are stored: a folder each, with the table, attachments, pictures and a record."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helioscope.catalog.rows import CalibrationRow, NewCalibration
from helioscope.catalog.store import Catalog
from helioscope.core.calibrations.stored_calibrations import (
    ATTACHMENTS,
    FIGURES,
    RECORD,
    TABLE,
    content_digest,
    record,
    require_undamaged,
)
from helioscope.core.jobs.record import write_record
from helioscope.errors import InputError
from helioscope.files import sync_folder
from helioscope.io.atomic import unwritable
from helioscope.io.files import write_json
from helioscope.io.parquet import ProductWriter
from helioscope.plugin import Calibrated, Calibrator

logger = logging.getLogger(__name__)


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
        require_undamaged(row)
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
    """Put the same content in the place of a damaged one, unless another has done so meanwhile."""
    try:
        if _is_whole(row):
            return
        shutil.rmtree(row.path, ignore_errors=True)
        row.path.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(row.path)
        sync_folder(row.path.parent)
    except OSError as error:
        if not _is_whole(row):
            raise unwritable(row.path, error) from error


def _is_whole(row: CalibrationRow) -> bool:
    try:
        require_undamaged(row)
    except (InputError, OSError):
        return False
    return True


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


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    if files:
        folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
