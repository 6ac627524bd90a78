"""Raw files whose content the catalogue has already: read twice they would count twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helioscope.catalog.part import stored_path
from helioscope.catalog.rows import FileRow, RunRow
from helioscope.catalog.store import Catalog
from helioscope.errors import InputError
from helioscope.files import sha256_of, snapshot


@dataclass(frozen=True)
class Place:
    """Where a content is: a file, and the run that has it."""

    path: Path
    run: str


def duplicates(
    catalog: Catalog,
    detector: str,
    new: Mapping[str, Sequence[FileRow]],
    before: Mapping[str, RunRow],
) -> dict[Path, str]:
    """Say of each file whether its content is that of another one that is still there.

    A file that its run had before with the same content was judged then, and people may have
    had their say since. A file of no bytes has nothing that could count twice.

    Parameters
    ----------
    new
        Files that are to be entered, by the name of their run, in their order.
    before
        What the catalogue knows of these runs.
    """
    firsts: dict[str, Place] = {}
    unjudged: list[tuple[FileRow, Place]] = []
    for run, files in new.items():
        had = {(file.path, file.sha256) for file in before[run].files} if run in before else set()
        for file in files:
            place = Place(file.path, run)
            if (file.path, file.sha256) in had:
                firsts.setdefault(file.sha256, place)
            elif file.size:
                unjudged.append((file, place))
    firsts = _known(catalog, detector, [file for file, _ in unjudged], new) | firsts
    copies = {}
    for file, place in unjudged:
        first = firsts.setdefault(file.sha256, place)
        if first != place:
            copies[file.path] = f"the same content as {first.path} of run {first.run}"
    return copies


def _known(
    catalog: Catalog,
    detector: str,
    files: Iterable[FileRow],
    new: Mapping[str, Sequence[FileRow]],
) -> dict[str, Place]:
    """Give where the catalogue has contents, except in files that are looked at anew."""
    root = catalog.root
    # what the catalogue says of these is of the past; their paths need not be spelt as it does
    anew = {stored_path(file.path, root) for of in new.values() for file in of}
    places: dict[str, Place] = {}
    for row, run in catalog.files_with({file.sha256 for file in files}, detector):
        if row.sha256 not in places and stored_path(row.path, root) not in anew and _is_there(row):
            places[row.sha256] = Place(row.path, run)
    return places


def _is_there(known: FileRow) -> bool:
    """Say whether a file still has its content; one that was moved away has not."""
    try:
        now = snapshot(known.path)
        if now.size != known.size:
            return False
        return now.mtime_ns == known.mtime_ns or sha256_of(known.path) == known.sha256
    except InputError:
        return False
