"""Which folder a catalogue belongs to: both hold the same identity, so that no wrong pair meets."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from helioscope.catalog import tables
from helioscope.catalog.database import Database
from helioscope.errors import OutputError, UsageError
from helioscope.files import put_whole, unreadable

#: The file in the folder of the products that holds the identity of the archive.
IDENTITY = "archive-id"
_COLUMN = tables.archive.c.identity


def require_belonging(database: Database, root: Path) -> None:
    """Refuse a folder that is not the catalogue's; give both their identity where one is new.

    Where the folder has lost it, or the catalogue is of the first version, which had none, they
    belong together if something that the catalogue knows lies there. A catalogue without
    identity that knows no products takes that of the folder.

    Raises
    ------
    UsageError
        Where the folder is another one's.
    OutputError
        Where the identity cannot be written.
    """
    with database.reading() as connection:
        if _agreed(connection, root, database.shown):
            return
    if not os.access(root, os.W_OK):
        return  # who may only read does no harm; the next one who writes comes here again
    with database.writing() as connection:
        if not _agreed(connection, root, database.shown):
            _settle(connection, root)


def holds_products(root: Path) -> bool:
    """Say whether calibrations or products lie in a folder, by their look."""
    return (root / "calibrations").is_dir() or any(root.glob("*/*/record.json"))


def _agreed(connection: Connection, root: Path, shown: str) -> bool:
    """Say whether both hold the same identity; False where one of them is to get it."""
    mine, there = connection.execute(sa.select(_COLUMN)).scalar(), _identity_in(root)
    if mine and mine == there:
        return True
    if mine and there:
        found = f"the folder of another catalogue than {shown}"
    else:
        known = _known(connection)
        if not (known or mine) or any(map(_lies, _below(connection, root))):
            return False
        found = f"none of the {known} products and calibrations lies here that {shown} knows"
    remedy = "give that folder with --out, or the catalogue of this one with --catalog"
    if mine and not there:
        remedy += f"; where this one is to take its place: echo {mine} > {root / IDENTITY}"
    raise UsageError(
        where=str(root),
        found=found,
        expected="the folder that the catalogue was made with",
        remedy=remedy,
    )


def _settle(connection: Connection, root: Path) -> None:
    mine, there = connection.execute(sa.select(_COLUMN)).scalar(), _identity_in(root)
    identity = there or mine or secrets.token_hex(16)
    if not there:
        _write(root / IDENTITY, identity)
    if not mine:
        connection.execute(tables.archive.insert().values(identity=identity))


def _known(connection: Connection) -> int:
    counts = (
        sa.select(sa.func.count()).select_from(table)
        for table in (tables.products, tables.calibrations)
    )
    return sum(connection.execute(count).scalar_one() for count in counts)


def _below(connection: Connection, root: Path) -> Iterator[Path]:
    """Say where below a folder what the catalogue knows would lie, kept job files included."""
    for column in (tables.calibrations.c.path, tables.jobs.c.job_file, tables.products.c.path):
        for path in connection.execute(sa.select(column)).scalars():
            if path and not Path(path).is_absolute():
                yield root / path


def _lies(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _identity_in(root: Path) -> str | None:
    path = root / IDENTITY
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error) from error


def _write(path: Path, identity: str) -> None:
    try:
        put_whole(path, f"{identity}\n".encode())
    except OSError as error:
        raise OutputError(
            where=str(path), found=error.strerror or str(error), expected="room for one line"
        ) from error
