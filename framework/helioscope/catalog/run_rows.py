"""Writing runs into their table, each under its name, and reading them out of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from helioscope.catalog import tables
from helioscope.catalog.files import KEYS_A_QUERY
from helioscope.catalog.part import stored_path
from helioscope.catalog.rows import STATES, FileRow, RunRow
from helioscope.errors import UsageError

_RUNS = tables.runs

logger = logging.getLogger(__name__)


def enter_runs(connection: Connection, runs: Sequence[RunRow], root: Path) -> list[int]:
    """Enter runs or bring them up to date; give their numbers.

    Raises
    ------
    UsageError
        Where a run is known as suspect or bad, and none of its files is one of these.
    """
    known = _numbers(connection, runs)
    if known:
        _refuse_others(connection, runs, known, root)
    new = {_key(run): _values(run) for run in runs if _key(run) not in known}
    if new:
        connection.execute(_RUNS.insert(), list(new.values()))
    for run in runs:
        if _key(run) in known:
            _update(connection, known[_key(run)], run)
    numbers = _numbers(connection, runs)
    return [numbers[_key(run)] for run in runs]


def _update(connection: Connection, number: int, run: RunRow) -> None:
    """Bring a run up to date; what was found out about it outlives its next registration."""
    values = _values(run)
    found_out = {name: values.pop(name) for name in ("state", "reason")}
    for name in ("start_ns", "stop_ns"):  # a run book that is silent denies nothing
        if values[name] is None:
            del values[name]
    here = _RUNS.update().where(_RUNS.c.id == number)
    connection.execute(here.values(values))
    if run.state != "ok":
        graver = STATES[STATES.index(run.state) + 1 :]
        connection.execute(here.where(_RUNS.c.state.not_in(graver)).values(found_out))


def _key(run: RunRow) -> tuple[str, str]:
    return run.detector, run.name


def _numbers(connection: Connection, runs: Sequence[RunRow]) -> dict[tuple[str, str], int]:
    """Give the numbers of those runs that are there, by detector and name."""
    found: dict[tuple[str, str], int] = {}
    for detector in {run.detector for run in runs}:
        names = [run.name for run in runs if run.detector == detector]
        for first in range(0, len(names), KEYS_A_QUERY):
            query = sa.select(_RUNS.c.name, _RUNS.c.id).where(
                _RUNS.c.detector == detector, _RUNS.c.name.in_(names[first : first + KEYS_A_QUERY])
            )
            found |= {(detector, row.name): row.id for row in connection.execute(query)}
    return found


def _values(run: RunRow) -> dict[str, Any]:
    return {
        "name": run.name, "detector": run.detector, "kind": run.kind,
        "start_ns": run.start_ns, "stop_ns": run.stop_ns,
        "state": run.state, "reason": run.reason,
        "options": json.dumps(dict(run.options), sort_keys=True),
    }  # fmt: skip


def run_row(values: Any, files: tuple[FileRow, ...]) -> RunRow:
    """Make a row out of the database's values."""
    plain = {name: value for name, value in values.items() if name not in ("id", "options")}
    return RunRow(**plain, files=files, options=json.loads(values["options"]))


def _refuse_others(
    connection: Connection,
    runs: Sequence[RunRow],
    known: Mapping[tuple[str, str], int],
    root: Path,
) -> None:
    """Refuse runs of other files than those that were judged by these names, or say so."""
    held = _files_held(connection, list(known.values()))
    for run in runs:
        old = held.get(known.get(_key(run), 0), [])
        paths = {stored_path(file.path, root) for file in run.files}
        digests = {file.sha256 for file in run.files}
        if not old or not run.files:
            continue
        if not any(row.path in paths or row.sha256 in digests for row in old):
            _say_other(run, old[0].state, old[0].reason, str(root / old[0].path))


def _files_held(connection: Connection, numbers: Sequence[int]) -> dict[int, list[Any]]:
    """Give the files that runs have, with the runs' states, by the runs' numbers."""
    order, files = tables.run_files.c, tables.files.c
    held: dict[int, list[Any]] = {}
    for first in range(0, len(numbers), KEYS_A_QUERY):
        query = (
            sa.select(order.run_id, files.path, files.sha256, _RUNS.c.state, _RUNS.c.reason)
            .join(tables.files, files.id == order.file_id)
            .join(_RUNS, _RUNS.c.id == order.run_id)
            .where(order.run_id.in_(numbers[first : first + KEYS_A_QUERY]))
            .order_by(order.run_id, order.position)
        )
        for row in connection.execute(query):
            held.setdefault(row.run_id, []).append(row)
    return held


def _say_other(run: RunRow, state: str, reason: str, path: str) -> None:
    where = f"run {run.name} of {run.detector}"
    if state == "ok":
        logger.warning(
            "%s: the catalogue had other files by this name, as %s; it stands for %s now",
            where, path, run.files[0].path,
        )  # fmt: skip
        return
    raise UsageError(
        where=where,
        found=f"{run.files[0].path}; the catalogue has the run as {state} ({reason}), with other "
        f"files, as {path}",
        expected="at least one file that was judged by this name",
        remedy="give the run another name; or, where the other one is not wanted any more, call "
        f"'helioscope catalog mark {run.detector} {run.name} ok'",
    )
