"""Reading the versions of calibrations out of their tables."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from helioscope.catalog import tables, validity
from helioscope.catalog.rows import CalibrationRow, NewCalibration
from helioscope.errors import UsageError, nearest

_COLUMNS = tables.calibrations.c


def all_versions(
    connection: Connection,
    root: Path,
    detector: str | None = None,
    name: str | None = None,
    version: int | None = None,
) -> list[CalibrationRow]:
    """List versions by detector, name and number; None stands for every one."""
    return _rows(connection.execute(_select(detector, name, version)), root)


def live_versions(
    connection: Connection, root: Path, detector: str | None = None, name: str | None = None
) -> list[CalibrationRow]:
    """List the versions that hold without a tag, each calibration in order of start."""
    return [
        row
        for _, rows in by_calibration(all_versions(connection, root, detector, name))
        for row in validity.live(rows)
    ]


def tagged_versions(
    connection: Connection,
    root: Path,
    tag: str,
    detector: str | None = None,
    name: str | None = None,
) -> list[CalibrationRow]:
    """List the versions that a tag froze, each calibration in order of start.

    Raises
    ------
    UsageError
        Where there is no such tag; it says the nearest.
    """
    known = tag_names(connection)
    if tag not in known:
        raise UsageError(
            where=f"tag {tag}",
            found="the catalogue has no such tag",
            expected=nearest(tag, known),
            remedy="make it with 'helioscope catalog tag'",
        )
    chosen = sa.select(tables.tag_calibrations.c.calibration_id).where(
        tables.tag_calibrations.c.tag == tag
    )
    query = _select(detector, name, None).where(_COLUMNS.id.in_(chosen))
    rows = _rows(connection.execute(query), root)
    return sorted(rows, key=lambda row: (row.detector, row.name, validity.start_of(row)))


def tag_names(connection: Connection) -> list[str]:
    """List the tags."""
    return list(connection.execute(sa.select(tables.tags.c.name)).scalars())


def by_calibration(
    rows: Iterable[CalibrationRow],
) -> list[tuple[tuple[str, str], list[CalibrationRow]]]:
    """Group versions by (detector, name), keeping their order."""
    ordered = sorted(rows, key=lambda row: (row.detector, row.name))
    return [
        (key, list(group))
        for key, group in groupby(ordered, key=lambda row: (row.detector, row.name))
    ]


def stored_values(new: NewCalibration) -> dict[str, Any]:
    """Give what a new calibration brings to its row."""
    return {
        "detector": new.detector,
        "name": new.name,
        "start_ns": new.start_ns,
        "stop_ns": new.stop_ns,
        "digest": new.digest,
        "made_by": new.made_by,
        "settings_hash": new.settings_hash,
        "inputs": json.dumps(new.inputs),
    }


def _select(detector: str | None, name: str | None, version: int | None) -> sa.Select[Any]:
    query = sa.select(tables.calibrations).order_by(
        _COLUMNS.detector, _COLUMNS.name, _COLUMNS.version
    )
    for column, value in (
        (_COLUMNS.detector, detector), (_COLUMNS.name, name), (_COLUMNS.version, version),
    ):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    return query


def _rows(found: sa.CursorResult[Any], root: Path) -> list[CalibrationRow]:
    rows = []
    for values in found.mappings():
        plain = {name: value for name, value in values.items() if name != "id"}
        plain["path"] = root / plain["path"]
        plain["inputs"] = tuple(json.loads(plain["inputs"]))
        rows.append(CalibrationRow(**plain))
    return rows
