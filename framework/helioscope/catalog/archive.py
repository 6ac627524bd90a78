"""Importing a directory tree of raw files, in steps that can be taken up again."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Literal, TypeVar

from helioscope.catalog.files import unchanged
from helioscope.catalog.rows import FileRow, RunRow
from helioscope.catalog.store import Catalog
from helioscope.errors import InputError

#: Files that are looked at between two transactions: what a crash costs at the most.
STEP = 500


@dataclass(frozen=True)
class Examined:
    """What a look at one file found.

    Attributes
    ----------
    file
        None where the file is no raw file.
    start_ns
        Time of its first event, where it was asked for and could be read.
    """

    path: Path
    file: FileRow | None
    start_ns: int | None = None


#: Looks at files and gives what it found in their order; several at once if it likes.
Examine = Callable[[Iterable[Path]], Iterable[Examined]]

T = TypeVar("T")


@dataclass
class Added:
    """What an import did: numbers of files and runs, and what was wrong."""

    added: int = 0
    known: int = 0
    not_raw: int = 0
    bad: list[FileRow] = field(default_factory=list)
    runs: int = 0


@dataclass(frozen=True)
class Import:
    """How files become runs.

    Attributes
    ----------
    by
        Each file is a run of its own, or the files of a folder are one.
    options
        What the source needs to read the files.
    replace
        Accept files whose content changed since they were entered.
    """

    folder: Path
    detector: str
    kind: str
    by: Literal["file", "folder"] = "file"
    options: dict[str, Any] = field(default_factory=dict)
    replace: bool = False


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
    for found in _steps(examine(_new_paths(catalog, asked, result)), asked.by):
        files = [one.file for one in found if one.file is not None]
        result.not_raw += len(found) - len(files)
        if files:
            runs = list(_runs(catalog, asked, found))
            catalog.register_runs(runs, replace=asked.replace)
            result.runs += len(runs)
        result.added += len(files)
        result.bad += [file for file in files if file.state == "bad"]
        progress(result)
    return result


def _new_paths(catalog: Catalog, asked: Import, result: Added) -> Iterator[Path]:
    """Walk the tree in a fixed order and give the files that have to be read."""
    for group in _batches(_paths(asked.folder)):
        known = catalog.known_files(group)
        for path in group:
            if _is_known(path, known.get(path)):
                result.known += 1
            else:
                yield path


def _paths(top: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    source = iter(items)
    while batch := list(islice(source, STEP)):
        yield batch


def _steps(found: Iterable[Examined], by: str) -> Iterator[list[Examined]]:
    """Give what is entered at once: a number of files, or a folder."""
    if by == "file":
        return _batches(found)
    return (list(group) for _, group in groupby(found, key=lambda one: one.path.parent))


def _is_known(path: Path, known: FileRow | None) -> bool:
    try:
        return unchanged(path, known)
    except InputError:
        return False  # gone meanwhile; the look at it will say so


def _runs(catalog: Catalog, asked: Import, found: Sequence[Examined]) -> Iterator[RunRow]:
    raw = [one for one in found if one.file is not None]
    if asked.by == "file":
        for one in raw:
            yield _run(asked, one.path, [one])
        return
    folder = raw[0].path.parent
    name = run_name(folder, asked.folder)
    before = next(iter(catalog.runs(detector=asked.detector, name=name)), None)
    yield _run(asked, folder, raw, before)


def _run(
    asked: Import, named_by: Path, found: Sequence[Examined], before: RunRow | None = None
) -> RunRow:
    """Make a run of what was found, together with what it had before."""
    files = {file.path: file for file in before.files} if before else {}
    files |= {one.path: one.file for one in found if one.file is not None}
    starts = [one.start_ns for one in found] + ([before.start_ns] if before else [])
    bad = [file for file in files.values() if file.state == "bad"]
    return RunRow(
        name=run_name(named_by, asked.folder),
        detector=asked.detector,
        kind=asked.kind,
        start_ns=min((start for start in starts if start is not None), default=None),
        stop_ns=before.stop_ns if before else None,
        files=tuple(files[path] for path in sorted(files)),
        state="bad" if bad else "ok",
        reason=f"{bad[0].path.name}: {bad[0].reason}" if bad else "",
        options=asked.options,
    )


def run_name(path: Path, folder: Path) -> str:
    """Name a run after its place in the tree: safe as a folder, and different for each place."""
    place = path.relative_to(folder).as_posix() if path != folder else folder.name
    bare = re.sub(r"(\.[A-Za-z]+[A-Za-z0-9]*)+$", "", place) or place
    safe = re.sub(r"[^A-Za-z0-9._+-]+|\.\.+", "_", bare).lstrip("._+-")[:80]
    if safe == bare:
        return safe
    # what had to be changed could now be the name of another place
    mark = hashlib.sha256(place.encode(errors="surrogateescape")).hexdigest()[:8]
    return f"{safe}-{mark}" if safe else mark
