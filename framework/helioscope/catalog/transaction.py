"""A catalogue within one transaction: what is read there holds until all is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from helioscope.catalog.database import Database
from helioscope.catalog.store import Catalog


class _OneTransaction(Database):
    """A database whose every reading and writing belongs to a transaction that is open."""

    def __init__(self, database: Database, connection: Connection) -> None:
        super().__init__(database.engine, database.shown)
        self._connection = connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give the transaction."""
        yield self._connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give the transaction."""
        yield self._connection


@contextmanager
def one_transaction(catalog: Catalog) -> Iterator[Catalog]:
    """Give a catalogue within one writing transaction, which commits at the end.

    No other process writes meanwhile, so what is chosen by what was read, as a free name is,
    holds when it is written.

    Raises
    ------
    OutputError
        As `Database.writing`.
    """
    with catalog.database.writing() as connection:
        yield Catalog(_OneTransaction(catalog.database, connection), catalog.root)
