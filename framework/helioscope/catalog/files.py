"""The raw files of a catalogue: digests computed once, remembered by size and time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from helioscope.catalog import tables
from helioscope.catalog.database import Database
from helioscope.catalog.part import Part, stored_path
from helioscope.catalog.rows import FileRow, Owner, State
from helioscope.errors import InputError, UsageError
from helioscope.files import Snapshot, require_unchanged, sha256_of, snapshot

_FILES = tables.files
#: Values that one query may name, well below what any database allows.
KEYS_A_QUERY = 500


class SilentChangeError(InputError):
    """A file's content changed while its size and time stayed: nobody knows since when."""


class Files(Part):
    """The raw files of a catalogue."""

    def __init__(self, database: Database, root: Path) -> None:
        super().__init__(database, root)
        #: What was read whole since the catalogue was opened.
        self._digests: dict[tuple[Path, Snapshot], str] = {}

    def known_files(self, paths: Iterable[Path]) -> dict[Path, FileRow]:
        """Give what the catalogue knows of these paths, by the paths as they were given."""
        stored = {path: stored_path(path, self.root) for path in paths}
        with self.database.reading() as connection:
            rows = find_files(connection, self.root, list(dict.fromkeys(stored.values())))
        by_stored = {stored_path(row.path, self.root): row for row in rows}
        return {path: by_stored[place] for path, place in stored.items() if place in by_stored}

    def examined(
        self, paths: Sequence[Path], known: Mapping[Path, FileRow] | None = None
    ) -> tuple[FileRow, ...]:
        """Look at files as they are now; only those of another size or time are read again.

        Parameters
        ----------
        known
            What the catalogue knows of them, where it was asked already.

        Raises
        ------
        InputError
            Where a file cannot be read, or its content is not what the catalogue knows.
        """
        known = self.known_files(paths) if known is None else known
        return tuple(self._examined(path, known.get(path)) for path in paths)

    def read_through(self, paths: Sequence[Path]) -> tuple[FileRow, ...]:
        """Read files whole, so that products of them are products of what the catalogue knows.

        A content can change while size and time stay, and then `examined` does not notice. What
        was read since the catalogue was opened is not read once more.

        Raises
        ------
        SilentChangeError
            Where a content changed so.
        InputError
            As `examined` does.
        """
        known = self.known_files(paths)
        return tuple(self._read_through(path, known.get(path)) for path in paths)

    def _examined(self, path: Path, known: FileRow | None) -> FileRow:
        if known is not None and unchanged(path, known):
            return known
        return self._read_through(path, known)

    def _read_through(self, path: Path, known: FileRow | None) -> FileRow:
        before, absolute = snapshot(path), path.absolute()
        digest = self._digests.get((absolute, before))
        if digest is None:
            digest = sha256_of(path)
            require_unchanged(path, before)
            self._digests[absolute, before] = digest
        if known is not None:
            same = (known.size, known.mtime_ns) == (before.size, before.mtime_ns)
            require_known(known, path, digest, silent=same)
            if same:
                return known
        return FileRow(absolute, before.size, before.mtime_ns, digest)

    def owners(self, paths: Iterable[Path]) -> dict[Path, list[Owner]]:
        """Say which runs have files, by the paths as they were given."""
        stored = {stored_path(path, self.root): path for path in paths}
        owners: dict[Path, list[Owner]] = {}
        with self.database.reading() as connection:
            for first in range(0, len(stored), KEYS_A_QUERY):
                chosen = list(stored)[first : first + KEYS_A_QUERY]
                for row in connection.execute(_owners_of(chosen)):
                    owner = row.detector, row.kind, row.name
                    owners.setdefault(stored[row.path], []).append(owner)
        return owners

    def paths_of(self, detector: str, run: str) -> tuple[Path, ...]:
        """List where the files of a run are, in their order; none where nobody knows the run."""
        order, runs = tables.run_files.c, tables.runs.c
        query = (
            sa.select(_FILES.c.path)
            .join(tables.run_files, order.file_id == _FILES.c.id)
            .join(tables.runs, runs.id == order.run_id)
            .where(runs.detector == detector, runs.name == run)
            .order_by(order.position)
        )
        with self.database.reading() as connection:
            return tuple(self.root / path for path in connection.execute(query).scalars())

    def files_with(self, digests: Collection[str], detector: str) -> list[tuple[FileRow, str]]:
        """Give the files of a detector's runs that have these contents, with the run's name.

        They come in the order in which they were entered.
        """
        wanted = sorted(digests)
        found: list[tuple[FileRow, str]] = []
        with self.database.reading() as connection:
            for first in range(0, len(wanted), KEYS_A_QUERY):
                query = _with_content(wanted[first : first + KEYS_A_QUERY], detector)
                rows = connection.execute(query).mappings()
                found += [(file_row(values, self.root), values["run"]) for values in rows]
        return found

    def mark_file(self, path: Path, state: State, reason: str) -> None:
        """Say that a file is ok, suspect or bad, and why.

        Raises
        ------
        UsageError
            Where the catalogue does not know the file.
        """
        with self.database.writing() as connection:
            done = connection.execute(
                _FILES.update()
                .where(_FILES.c.path == stored_path(path, self.root))
                .values(state=state, reason=reason)
            )
            if not done.rowcount:
                raise UsageError(
                    where=str(path),
                    found="the catalogue does not know this file",
                    remedy="add it with 'helioscope catalog add'",
                )


def find_files(connection: Connection, root: Path, stored: Sequence[str]) -> list[FileRow]:
    """Give the rows of files by their stored paths."""
    rows: list[FileRow] = []
    for first in range(0, len(stored), KEYS_A_QUERY):
        chosen = stored[first : first + KEYS_A_QUERY]
        found = connection.execute(sa.select(_FILES).where(_FILES.c.path.in_(chosen)))
        rows += [file_row(values, root) for values in found.mappings()]
    return rows


def file_numbers(connection: Connection, stored: Sequence[str]) -> dict[str, int]:
    """Give the numbers of files by their stored paths."""
    numbers: dict[str, int] = {}
    for first in range(0, len(stored), KEYS_A_QUERY):
        chosen = stored[first : first + KEYS_A_QUERY]
        query = sa.select(_FILES.c.path, _FILES.c.id).where(_FILES.c.path.in_(chosen))
        numbers |= {row.path: row.id for row in connection.execute(query)}
    return numbers


def _owners_of(stored: Sequence[str]) -> sa.Select[Any]:
    order, runs = tables.run_files, tables.runs.c
    return (
        sa.select(_FILES.c.path, runs.detector, runs.kind, runs.name)
        .join(order, order.c.file_id == _FILES.c.id)
        .join(tables.runs, runs.id == order.c.run_id)
        .where(_FILES.c.path.in_(stored))
        .order_by(runs.id)
    )


def _with_content(digests: Sequence[str], detector: str) -> sa.Select[Any]:
    order, runs = tables.run_files, tables.runs.c
    return (
        sa.select(_FILES, runs.name.label("run"))
        .join(order, order.c.file_id == _FILES.c.id)
        .join(tables.runs, runs.id == order.c.run_id)
        .where(_FILES.c.sha256.in_(digests), runs.detector == detector)
        .order_by(_FILES.c.id, runs.id)
    )


def file_row(values: Any, root: Path) -> FileRow:
    """Make a row out of the database's values."""
    names = ("size", "mtime_ns", "sha256", "state", "reason")
    return FileRow(path=root / values["path"], **{name: values[name] for name in names})


def unchanged(path: Path, known: FileRow | None) -> bool:
    """Say whether a file has the size and the time that the catalogue knows.

    Raises
    ------
    InputError
        Where it is not there or is no plain file.
    """
    seen = snapshot(path)
    return known is not None and (known.size, known.mtime_ns) == (seen.size, seen.mtime_ns)


def require_known(known: FileRow, path: Path, digest: str, *, silent: bool = False) -> None:
    """Refuse a file whose content is not what the catalogue knows.

    Parameters
    ----------
    silent
        Its size and time are.

    Raises
    ------
    InputError
        With both digests.
    """
    if known.sha256 == digest:
        return
    kind = SilentChangeError if silent else InputError
    accept = "; or accept the new one with 'helioscope catalog add --replace'"
    raise kind(
        where=str(path),
        found=f"sha256 {digest}" + (", though size and time stayed" if silent else ""),
        expected=f"{known.sha256}, as the catalogue knows it",
        remedy="restore the file" + (" from a copy" if silent else accept),
    )
