"""The raw files of archived runs, told by their content: at another place, or gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from helioscope.catalog.rows import FileRow, RunRow
from helioscope.catalog.store import Catalog
from helioscope.errors import InputError
from helioscope.files import snapshot
from helioscope.io.files import WILDCARDS
from helioscope.job.plan import PlannedRun


@dataclass(frozen=True)
class FoundRun:
    """A run with its files where they are.

    Attributes
    ----------
    moved
        They are elsewhere than the job or the catalogue says.
    fault
        The first of its files that is nowhere; it must not be processed without it.
    """

    row: RunRow
    planned: PlannedRun
    moved: bool = False
    fault: InputError | None = None

    @property
    def to_enter(self) -> bool:
        """Whether the catalogue has them elsewhere."""
        return self.moved and self.planned.files != _paths(self.row)


def found_runs(catalog: Catalog, runs: Sequence[tuple[RunRow, PlannedRun]]) -> Iterator[FoundRun]:
    """Look for the files of runs.

    A file that is not where the job says is where the catalogue knows its content in the run. A
    content that the catalogue knows of a run must be in one of its files: a pattern of the job
    would find the others only, and the run would silently be short.
    """
    others = [path for row, run in runs if run.files != _paths(row) for path in run.files]
    known = catalog.known_files(others)
    for row, planned in runs:
        files = _places(row, planned, known)
        found = replace(planned, files=files)
        moved = files != planned.files or files != _paths(row)
        lost = _lost(catalog, row, found, known) if moved else None
        yield FoundRun(row, found, moved, _missing(found) or lost)


def _paths(row: RunRow) -> tuple[Path, ...]:
    return tuple(file.path for file in row.files)


def _places(row: RunRow, planned: PlannedRun, known: Mapping[Path, FileRow]) -> tuple[Path, ...]:
    """Say where the files of a run are."""
    if planned.files == _paths(row):
        return planned.files
    if not any(path.exists() for path in planned.files):
        patterns = [path for path in planned.files if WILDCARDS.search(path.name)]
        if patterns and all(path.exists() for path in _paths(row)):
            return _paths(row)  # nobody knows which contents a pattern once stood for
    return tuple(_place(path, row, known) for path in planned.files)


def _place(path: Path, row: RunRow, known: Mapping[Path, FileRow]) -> Path:
    if path not in known or path.exists():
        return path
    same = (file.path for file in row.files if file.sha256 == known[path].sha256)
    return next((place for place in same if place.exists()), path)


def _missing(planned: PlannedRun) -> InputError | None:
    for path in planned.files:
        try:
            snapshot(path)
        except InputError as fault:
            return InputError(
                where=fault.where,
                found=fault.found,
                expected=f"a readable file, of run {planned.run.name}",
                remedy="put it back; or where the raw data has moved, say so with --job and --data",
            )
    return None


def _lost(
    catalog: Catalog, row: RunRow, planned: PlannedRun, known: Mapping[Path, FileRow]
) -> InputError | None:
    entered = {file.path: file for file in row.files}
    try:
        files = catalog.examined(planned.files, {**known, **entered})
    except InputError:
        return None  # whoever reads it says what is wrong with it
    there = {file.sha256 for file in files}
    for file in row.files:
        if file.sha256 not in there:
            return InputError(
                where=str(file.path),
                found=f"its content is in none of the files that the job names for run {row.name}",
                expected="every content that the catalogue knows of the run",
                remedy="copy it beside the others; or enter the run without it by "
                "'helioscope run --replace' of the job",
            )
    return None
