"""How a catalogue is reached: a SQLite file by its path, a PostgreSQL server by its URL."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import ConnectionPoolEntry

from helioscope.catalog.database import BUSY_S, Database
from helioscope.catalog.server_urls import server_url, shown
from helioscope.errors import OutputError, UsageError

#: File systems whose shared memory and locks do not reach other machines.
NETWORK_FILE_SYSTEMS = frozenset(
    (
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "lustre", "gpfs", "beegfs", "ceph",
        "glusterfs", "ncpfs", "davfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph",
        "fuse.davfs", "fuse.s3fs", "fuse.rclone",
    )
)  # fmt: skip


def open_sqlite(path: Path, mounts: str | None = None) -> Database:
    """Open a SQLite file in WAL mode; it is made where it is not there.

    Parameters
    ----------
    mounts
        The text of the mount table, to find the file system in; the machine's own where None.

    Raises
    ------
    OutputError
        On a network file system, where WAL would lose data; and where the file is a symbolic
        link, whose companions SQLite would put elsewhere.
    """
    if path.is_symlink():
        raise OutputError(
            where=str(path),
            found="a symbolic link",
            expected="the catalogue itself",
            remedy="give the path that it points to",
        )
    if not path.parent.is_dir():
        raise OutputError(
            where=str(path), found=f"no folder {path.parent}", remedy="make the folder first"
        )
    kind = file_system(path.parent, _mounts() if mounts is None else mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        raise OutputError(
            where=str(path),
            found=f"a network file system ({kind}), on which several writers would lose data",
            expected="a local disk",
            remedy="put the catalogue on a local disk, or give the URL of a PostgreSQL server",
        )
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_S}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine, str(path))


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions are begun below, never by the driver
    deadline = time.monotonic() + BUSY_S
    while True:
        # The switch to WAL does not wait for other connections by itself, so it is tried again.
        try:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            if mode != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA case_sensitive_like = ON")  # as it is on PostgreSQL


def _begin_sqlite(connection: Connection) -> None:
    writer = connection.get_execution_options().get("helioscope_writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")


def open_server(url: str) -> Database:
    """Open a PostgreSQL database by its URL.

    Raises
    ------
    UsageError
        Where the URL is none, or the driver is not installed.
    """
    parsed = server_url(url)
    arguments: dict[str, Any] = {"connect_timeout": 10, "application_name": "helioscope"}
    try:
        engine = sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"), connect_args=arguments, pool_pre_ping=True
        )
    except ModuleNotFoundError as error:
        raise UsageError(
            where="catalogue",
            found="psycopg, the driver for PostgreSQL, is not installed",
            remedy="pip install 'helioscope[postgresql]'",
        ) from error
    return Database(engine, shown(parsed))


def file_system(folder: Path, mounts: str) -> str:
    """Name the type of the file system that a folder lies on, from a mount table's text."""
    place = folder.resolve()
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " "))
        if place.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
