"""Raw files whose content the catalogue has already: read twice they would count twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from helioscope.catalog.part import stored_path
from helioscope.catalog.rows import FileRow, RunRow
from helioscope.catalog.store import Catalog
from helioscope.errors import InputError
from helioscope.files import Snapshot, sha256_of, snapshot


@dataclass(frozen=True)
class Place:
    """Where a content is: a file, and the run that has it."""

    path: Path
    run: str


#: Files as they were when they were read, with their digests then.
Contents = Mapping[Path, tuple[Snapshot, str]]


@dataclass
class Duplicates:
    """Files whose content another file has, by their paths, with the reason.

    Attributes
    ----------
    copies
        Other files than the first of that content.
    same
        The first file itself, by another path.
    """

    copies: dict[Path, str] = field(default_factory=dict)
    same: dict[Path, str] = field(default_factory=dict)


def duplicates(
    catalog: Catalog,
    detector: str,
    new: Mapping[str, Sequence[FileRow]],
    before: Mapping[str, RunRow],
    now: Contents,
) -> Duplicates:
    """Say of each file whether its content is that of another one that is still there.

    A file that its run had before with the same content was judged then, and people may have
    had their say since. A file of no bytes has nothing that could count twice.

    Parameters
    ----------
    new
        Files that are to be entered, by the name of their run, in their order.
    before
        What the catalogue knows of these runs.
    now
        What `touched` read anew.
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
    firsts = _known(catalog, detector, [file for file, _ in unjudged], new, now) | firsts
    found = Duplicates()
    for file, place in unjudged:
        first = firsts.setdefault(file.sha256, place)
        if first == place:
            continue
        if _is_same(first.path, file.path):
            found.same[file.path] = f"the same file as {first.path} of run {first.run}"
        else:
            found.copies[file.path] = f"the same content as {first.path} of run {first.run}"
    return found


def touched(catalog: Catalog, detector: str, files: Iterable[FileRow]) -> Contents:
    """Read anew the other files of these contents that have another time than is known.

    That takes its time with large files: no transaction should wait for it.
    """
    anew = {stored_path(file.path, catalog.root): file.sha256 for file in files}
    read: dict[Path, tuple[Snapshot, str]] = {}
    for row, _ in catalog.files_with(set(anew.values()), detector):
        if stored_path(row.path, catalog.root) in anew:
            continue
        with suppress(InputError):
            now = snapshot(row.path)
            if now.size == row.size and now.mtime_ns != row.mtime_ns:
                read[row.path] = now, sha256_of(row.path)
    return read


def _known(
    catalog: Catalog,
    detector: str,
    files: Iterable[FileRow],
    new: Mapping[str, Sequence[FileRow]],
    now: Contents,
) -> dict[str, Place]:
    """Give where the catalogue has contents, except in files that are looked at anew."""
    root = catalog.root
    # what the catalogue says of these is of the past; their paths need not be spelt as it does
    anew = {stored_path(file.path, root) for of in new.values() for file in of}
    places: dict[str, Place] = {}
    for row, run in catalog.files_with({file.sha256 for file in files}, detector):
        if row.sha256 in places or stored_path(row.path, root) in anew:
            continue
        if _is_there(row, now):
            places[row.sha256] = Place(row.path, run)
    return places


def _is_there(known: FileRow, read: Contents) -> bool:
    """Say whether a file still has its content; one that was moved away has not."""
    try:
        now = snapshot(known.path)
        if now.size != known.size or now.mtime_ns == known.mtime_ns:
            return now.size == known.size
        before, digest = read.get(known.path, (None, ""))
        return (digest if before == now else sha256_of(known.path)) == known.sha256
    except InputError:
        return False


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False  # gone meanwhile
