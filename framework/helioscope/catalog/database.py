"""The database below a catalogue: SQLite in a file, or PostgreSQL by URL, behind one door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from helioscope.catalog.migrations import HEAD, VERSIONS
from helioscope.errors import OutputError

#: How long a writer waits for the others.
BUSY_S = 30.0

#: Any number will do, as long as every writer asks for the same.
_WRITER_LOCK = 0x48454C49

_STEPS = Path(__file__).parent / "migrations"


class Database:
    """One database; read and write in the transactions that it gives.

    Writers come one at a time, on every database, so that what one reads it may rely on until
    it commits. A transaction that raises leaves nothing behind.
    """

    def __init__(self, engine: Engine, shown: str) -> None:
        self.engine = engine
        self.shown = shown

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self._faults(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that alone may write; it commits at its end.

        Raises
        ------
        OutputError
            Where the database is read-only, damaged, full, or others held it for 30 s.
        """
        engine = self.engine.execution_options(helioscope_writer=True)
        with self._faults(), engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_S:.0f}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
            yield connection

    def prepare(self) -> None:
        """Make the tables where there are none, bring older ones up to date, refuse newer ones."""
        with self.reading() as connection:
            found = self._version(connection)
        if found == HEAD:
            return
        with self.writing() as connection:
            if self._version(connection) != HEAD:
                _migrate(connection)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def _version(self, connection: Connection) -> str | None:
        tables = sa.inspect(connection).get_table_names()
        if "alembic_version" not in tables:
            if tables:
                raise OutputError(
                    where=self.shown,
                    found=f"a database that is no catalogue, with tables {', '.join(tables[:5])}",
                    expected="a catalogue of helioscope, or nothing",
                    remedy="name another place for the catalogue",
                )
            return None
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found is not None and str(found) > HEAD:
            raise OutputError(
                where=self.shown,
                found=f"a catalogue of version {found}, from a newer helioscope",
                expected=f"version {HEAD} or older",
                remedy="install the newer helioscope; the catalogue was left as it is",
            )
        if found is not None and str(found) not in VERSIONS:
            raise OutputError(
                where=self.shown,
                found=f"a catalogue of version '{found}', which there never was",
                expected=f"version {HEAD} or older",
                remedy="restore it from a copy; it was left as it is",
            )
        return None if found is None else str(found)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._fault(error) from error

    def _fault(self, error: DBAPIError) -> OutputError:
        cause = error.orig or error
        text = " ".join(str(cause).split())
        expected, remedy = "", "see what the database says"
        for sign, (what, todo) in _KNOWN_FAULTS.items():
            if sign in text.lower():
                expected, remedy = what, todo
                break
        return OutputError(where=self.shown, found=text, expected=expected, remedy=remedy)


_KNOWN_FAULTS = {
    "readonly": ("a catalogue that can be written", "give write permission on file and folder"),
    "read-only": ("a catalogue that can be written", "use a database role that may write"),
    "permission denied": (
        "a database role that may read and write the catalogue",
        "use another role, or let the owner of its tables GRANT it what is denied",
    ),
    "not a database": ("a SQLite file", "restore it from a copy; it was left as it is"),
    "malformed": ("an undamaged SQLite file", "restore it from a copy; it was left as it is"),
    "disk i/o": ("a working disk", "check the disk and its free space"),
    "full": ("free space", "free some space and call again"),
    "locked": (f"the others to finish within {BUSY_S:.0f} s", "see what holds the catalogue"),
    "lock timeout": (f"the others to finish within {BUSY_S:.0f} s", "see who holds the lock"),
    "unable to open": ("a file that can be opened", "check the folder and its permissions"),
    "resolve host": ("a server that answers", "check the URL, the server and the network"),
    "connection": ("a server that answers", "check the URL, the server and the network"),
}


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
