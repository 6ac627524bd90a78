"""Importing a directory tree of raw files, in steps that can be taken up again."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from typing import TypeVar

from helioscope.catalog.duplicates import touched
from helioscope.catalog.files import unchanged
from helioscope.catalog.imported_runs import (
    Examined,
    Import,
    ImportedRun,
    imported_runs,
    verdict,
)
from helioscope.catalog.lost_files import gone_files, with_lost
from helioscope.catalog.raw_tree import plain_files
from helioscope.catalog.rows import FileRow
from helioscope.catalog.store import Catalog
from helioscope.catalog.transaction import one_transaction
from helioscope.errors import InputError

#: Files that are looked at between two transactions: what a crash costs at the most.
STEP = 500

#: Looks at files and gives what it found in their order; several at once if it likes.
Examine = Callable[[Iterable[Path]], Generator[Examined, None, None]]

T = TypeVar("T")


@dataclass
class Added:
    """What an import did: numbers of files and runs, and what was wrong.

    Attributes
    ----------
    of_another_kind, of_another_detector
        Known files that were left as they are.
    left_out
        What could not be looked at, with the reason.
    copies
        Files whose content another file has already, with the reason; their runs are suspect.
    gone
        Known files of the tree that are not there any more, with the run that has each.
    """

    added: int = 0
    known: int = 0
    of_another_kind: int = 0
    of_another_detector: int = 0
    not_raw: int = 0
    bad: list[FileRow] = field(default_factory=list)
    left_out: list[tuple[Path, str]] = field(default_factory=list)
    copies: list[tuple[Path, str]] = field(default_factory=list)
    gone: list[tuple[Path, str]] = field(default_factory=list)
    runs: int = 0


def add_folder(
    catalog: Catalog, asked: Import, examine: Examine, progress: Callable[[Added], None]
) -> Added:
    """Enter the raw files of a directory tree; those that are known and unchanged are not read.

    What is entered stays entered whatever comes: the same call again goes on from there.

    Parameters
    ----------
    progress
        Told the numbers after every step.

    Raises
    ------
    InputError
        Where a known file has another content and may not be replaced.
    """
    result = Added()
    with closing(examine(_new_paths(catalog, asked, result))) as examined:
        for found in _steps(examined, asked.by):
            _add(catalog, asked, found, result)
            progress(result)
    result.gone = gone_files(catalog, asked.detector, asked.folder)
    return result


def _add(catalog: Catalog, asked: Import, looked: Sequence[Examined], result: Added) -> None:
    """Enter what was found in one step, and count it."""
    found = with_lost(catalog, asked, looked)
    runs, same = _enter(catalog, asked, found)
    left_out = [(one.path, one.reason) for one in found if one.reason] + list(same.items())
    files = [one.file for one in found if one.file is not None and one.path not in same]
    result.left_out += left_out
    result.not_raw += len(found) - len(files) - len(left_out)
    result.added += len(files)
    result.bad += [file for file in files if file.state == "bad"]
    result.runs += len(runs)
    result.copies += [copy for imported in runs for copy in imported.copies.items()]


def _enter(
    catalog: Catalog, asked: Import, found: Sequence[Examined]
) -> tuple[list[ImportedRun], dict[Path, str]]:
    """Enter the runs of files, and what was bad before and now is not.

    Returns
    -------
    runs, same
        As `imported_runs` gives them.
    """
    files = [one.file for one in found if one.file is not None]
    if not files:
        return [], {}
    now = touched(catalog, asked.detector, files)
    with one_transaction(catalog) as alone:
        known = alone.known_files(file.path for file in files)
        runs, same = imported_runs(alone, asked, found, now)
        alone.register_runs([imported.run for imported in runs], replace=asked.replace)
        for file in files:
            if file.state == "ok" and file.path in known and known[file.path].state == "bad":
                alone.mark_file(file.path, "ok", "")
        for imported in runs:
            if imported.recovered:
                alone.mark_run(asked.detector, imported.run.name, "ok", "")
    return runs, same


def _new_paths(catalog: Catalog, asked: Import, result: Added) -> Iterator[Path]:
    """Walk the tree in a fixed order and give the files that have to be read."""
    for group in _batches(plain_files(asked.folder, result.left_out)):
        known, owners = catalog.known_files(group), catalog.owners(group)
        for path in group:
            file = known.get(path)
            if file is None or not _is_unchanged(path, file):
                yield path
                continue
            match verdict(asked, file, owners.get(path, ())):
                case "read":
                    yield path
                case "known":
                    result.known += 1
                case "of another kind":
                    result.of_another_kind += 1
                case "of another detector":
                    result.of_another_detector += 1


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    source = iter(items)
    while batch := list(islice(source, STEP)):
        yield batch


def _steps(found: Iterable[Examined], by: str) -> Iterator[list[Examined]]:
    """Give what is entered at once: a number of files, or a folder."""
    if by == "file":
        return _batches(found)
    return (list(group) for _, group in groupby(found, key=lambda one: one.path.parent))


def _is_unchanged(path: Path, known: FileRow) -> bool:
    try:
        return unchanged(path, known)
    except InputError:
        return False  # gone meanwhile; the look at it will say so
