"""What a catalogue's file holds, counted without opening it for writing."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from helioscope.catalog.database import Database
from helioscope.catalog.tables import calibrations, jobs, metadata, products, runs, tags
from helioscope.errors import InputError

#: How a SQLite file begins.
MAGIC = b"SQLite format 3\0"

#: What is counted, and by which columns.
_COUNTED: dict[str, tuple[sa.Column[Any], ...]] = {
    "runs": (runs.c.detector, runs.c.kind, runs.c.state),
    "calibrations": (calibrations.c.detector, calibrations.c.name),
    "products": (products.c.detector, products.c.kind, products.c.tag),
    "jobs": (jobs.c.state,),
    "tags": (tags.c.name,),
}


def overview(path: Path) -> dict[str, Any]:
    """Count what the catalogue in a SQLite file knows; the file stays as it is.

    Raises
    ------
    InputError
        Where it is a database of something else.
    OutputError
        Where it is damaged.
    """
    database = Database(sa.create_engine("sqlite://", creator=lambda: _read_only(path)), str(path))
    try:
        with database.reading() as connection:
            _require_catalog(path, connection)
            version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            counted = {name: _numbers(connection, by) for name, by in _COUNTED.items()}
    finally:
        database.close()
    return {"version": str(version), **counted}


def _read_only(path: Path) -> sqlite3.Connection:
    # Without a log of a writer beside it nothing can change, and no such log is to be made.
    log = path.with_name(path.name + "-wal")
    mode = "mode=ro" if log.exists() else "immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)


def _require_catalog(path: Path, connection: Connection) -> None:
    tables = set(sa.inspect(connection).get_table_names())
    if not {*metadata.tables, "alembic_version"} <= tables:
        raise InputError(
            where=str(path),
            found=f"a database with {', '.join(sorted(tables)[:5]) or 'no table'}",
            expected="a catalogue of helioscope",
        )


def _numbers(connection: Connection, by: tuple[sa.Column[Any], ...]) -> list[dict[str, Any]]:
    asked = sa.select(*by, sa.func.count().label("number")).group_by(*by).order_by(*by)
    return [dict(row) for row in connection.execute(asked).mappings()]
