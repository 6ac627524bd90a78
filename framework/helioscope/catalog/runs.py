"""The runs of a catalogue, with their raw files."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from helioscope.catalog import tables
from helioscope.catalog.files import KEYS_A_QUERY, file_numbers, file_row, find_files, require_known
from helioscope.catalog.part import Part, stored_path
from helioscope.catalog.rows import FileRow, RunRow, State
from helioscope.catalog.run_rows import enter_runs, run_row
from helioscope.errors import UsageError, nearest
from helioscope.model.names import check_name

_RUNS = tables.runs


class Runs(Part):
    """The runs of a catalogue."""

    def register_run(self, run: RunRow, *, replace: bool = False) -> None:
        """Enter a run with its files; again with the same content changes nothing.

        A run known as suspect or bad stays so until `mark_run` says otherwise; one known as
        suspect may become bad.

        Parameters
        ----------
        replace
            Take files whose content changed; their products keep their own lineage.

        Raises
        ------
        UsageError
            Where a name could not be a folder's; or where the catalogue has a run of this name
            as suspect or bad, and none of its files is one of these.
        InputError
            Where the catalogue knows one of the files with another content.
        """
        _check_names(run)
        known = self.runs(detector=run.detector, name=run.name)
        if not known or not _says_nothing_new(run, known[0]):
            self.register_runs([run], replace=replace)

    def register_runs(self, runs: Sequence[RunRow], *, replace: bool = False) -> None:
        """Enter many runs in one transaction, as `register_run` does one."""
        for run in runs:
            _check_names(run)
        with self.database.writing() as connection:
            self._enter_files(connection, [file for run in runs for file in run.files], replace)
            numbers = enter_runs(connection, runs, self.root)
            self._enter_orders(connection, runs, numbers)

    def runs(
        self,
        where: sa.ColumnElement[bool] | None = None,
        *,
        detector: str | None = None,
        name: str | None = None,
    ) -> list[RunRow]:
        """List runs in order of their start; ``where`` is a condition over the table of runs."""
        query = sa.select(_RUNS).order_by(
            _RUNS.c.start_ns.nulls_first(), _RUNS.c.detector, _RUNS.c.name
        )
        for column, value in ((_RUNS.c.detector, detector), (_RUNS.c.name, name)):
            if value is not None:
                query = query.where(column == value)
        if where is not None:
            query = query.where(where)
        with self.database.reading() as connection:
            found = connection.execute(query).mappings().all()
            files = self._files_of(connection, query)
        return [run_row(values, files.get(values["id"], ())) for values in found]

    def run(self, detector: str, name: str) -> RunRow:
        """Give one run.

        Raises
        ------
        UsageError
            Where the catalogue does not have it; it says the nearest name.
        """
        found = self.runs(detector=detector, name=name)
        if not found:
            raise UsageError(
                where=f"run {name} of {detector}",
                found="the catalogue does not have it",
                expected=nearest(name, self.run_names()),
            )
        return found[0]

    def run_names(self) -> list[str]:
        """List the names of all runs."""
        with self.database.reading() as connection:
            names = sa.select(_RUNS.c.name).distinct().order_by(_RUNS.c.name)
            return list(connection.execute(names).scalars())

    def mark_run(self, detector: str, name: str, state: State, reason: str) -> None:
        """Say that a run is ok, suspect or bad, and why.

        Raises
        ------
        UsageError
            Where the catalogue does not have it.
        """
        self.run(detector, name)
        with self.database.writing() as connection:
            connection.execute(
                _RUNS.update()
                .where(_RUNS.c.detector == detector, _RUNS.c.name == name)
                .values(state=state, reason=reason)
            )

    def _enter_files(self, connection: Connection, files: Iterable[FileRow], replace: bool) -> None:
        new = {stored_path(file.path, self.root): file for file in files}
        known = {
            stored_path(file.path, self.root): file
            for file in find_files(connection, self.root, list(new))
        }
        if not replace:
            _refuse_changed(known, new)
        values = {
            stored: dataclasses.asdict(file) | {"path": stored} for stored, file in new.items()
        }
        missing = [value for stored, value in values.items() if stored not in known]
        if missing:
            connection.execute(tables.files.insert(), missing)
        for stored, old in known.items():
            if (old.sha256, old.mtime_ns, old.size) != _content(new[stored]):
                changed = tables.files.update().where(tables.files.c.path == stored)
                connection.execute(changed.values(values[stored]))

    def _enter_orders(
        self, connection: Connection, runs: Sequence[RunRow], numbers: Sequence[int]
    ) -> None:
        """Enter which files belong to each run, in their order."""
        paths = [[stored_path(file.path, self.root) for file in run.files] for run in runs]
        ids = file_numbers(connection, [path for of in paths for path in of])
        order = tables.run_files
        for first in range(0, len(numbers), KEYS_A_QUERY):
            chosen = numbers[first : first + KEYS_A_QUERY]
            connection.execute(order.delete().where(order.c.run_id.in_(chosen)))
        rows = [
            {"run_id": number, "position": at, "file_id": ids[path]}
            for number, of in zip(numbers, paths, strict=True)
            for at, path in enumerate(of)
        ]
        if rows:
            connection.execute(order.insert(), rows)

    def _files_of(
        self, connection: Connection, query: sa.Select[Any]
    ) -> dict[int, tuple[FileRow, ...]]:
        order, files = tables.run_files, tables.files
        chosen = query.with_only_columns(_RUNS.c.id).order_by(None)
        found = connection.execute(
            sa.select(order.c.run_id, files)
            .join(files, files.c.id == order.c.file_id)
            .where(order.c.run_id.in_(chosen))
            .order_by(order.c.run_id, order.c.position)
        ).mappings()
        return {
            number: tuple(file_row(values, self.root) for values in group)
            for number, group in groupby(found, key=lambda values: int(values["run_id"]))
        }


def _check_names(run: RunRow) -> None:
    check_name(run.name, "run")
    check_name(run.detector, "detector")


def _says_nothing_new(run: RunRow, known: RunRow) -> bool:
    judged = known.state, known.reason
    same = dataclasses.replace(run, state=known.state, reason=known.reason) == known
    return same and (run.state == "ok" or (run.state, run.reason) == judged)


def _content(file: FileRow) -> tuple[str, int, int]:
    return file.sha256, file.mtime_ns, file.size


def _refuse_changed(known: dict[str, FileRow], new: dict[str, FileRow]) -> None:
    for stored, old in known.items():
        require_known(old, new[stored].path, new[stored].sha256)
