"""How raw files become runs: which run each is of, runs that grow and that recover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from helioscope.catalog.duplicates import Contents, duplicates
from helioscope.catalog.rows import FileRow, Owner, RunRow
from helioscope.catalog.run_names import chosen_names, was_moved
from helioscope.catalog.store import Catalog
from helioscope.catalog.tables import runs as _RUNS  # noqa: N812
from helioscope.model.names import check_name


@dataclass(frozen=True)
class Import:
    """How files become runs.

    Attributes
    ----------
    kind
        Of the runs; None for science, and to leave that of a run that is known.
    by
        Each file is a run of its own, or the files of a folder are one.
    options
        What the source needs to read the files.
    replace
        Accept files whose content changed since they were entered; look again at those that
        were bad, or of another kind or detector.

    Raises
    ------
    UsageError
        Where detector or kind could not be a folder's name.
    """

    folder: Path
    detector: str
    kind: str | None = None
    by: Literal["file", "folder"] = "file"
    options: dict[str, Any] = field(default_factory=dict)
    replace: bool = False

    def __post_init__(self) -> None:
        check_name(self.detector, "detector")
        if self.kind is not None:
            check_name(self.kind, "kind")


@dataclass(frozen=True)
class Examined:
    """What a look at one file found.

    Attributes
    ----------
    file
        None where the file is no raw file, or could not be looked at.
    start_ns
        Time of its first event, where it was asked for and could be read.
    reason
        Why it could not be looked at; empty where it was.
    """

    path: Path
    file: FileRow | None
    start_ns: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class ImportedRun:
    """A run that is to be entered, and what was known of it before.

    Attributes
    ----------
    copies
        Its files whose content another file has, with the reason.
    """

    run: RunRow
    before: RunRow | None
    copies: Mapping[Path, str] = field(default_factory=dict)

    @property
    def recovered(self) -> bool:
        """Whether it was bad for the sake of its files alone, which now are good."""
        before = self.before
        return (
            before is not None
            and (before.state, self.run.state) == ("bad", "ok")
            and before.reason == _fault_of(before.files)
        )


def imported_runs(
    catalog: Catalog, asked: Import, found: Sequence[Examined], now: Contents
) -> tuple[list[ImportedRun], dict[Path, str]]:
    """Make runs of files that were looked at; and say which are known by another path.

    A file that a run of the detector has already stays in that run. A run with a file whose
    content another file has already is suspect.

    Parameters
    ----------
    now
        What `duplicates.touched` read anew.
    """
    raw = [one for one in found if one.file is not None]
    held = _holders(catalog, asked.detector, [one.path for one in raw])
    places = _by_place(asked, [one for one in raw if one.path not in held])
    named = chosen_names(catalog, asked.detector, asked.folder, places)
    groups: dict[str, list[Examined]] = {}
    for one in raw:
        name = held[one.path] if one.path in held else named[_place(asked, one)]
        groups.setdefault(name, []).append(one)
    before = {run.name: run for run in _runs_named(catalog, asked.detector, groups)}
    new = {name: [one.file for one in ones if one.file] for name, ones in groups.items()}
    repeated = duplicates(catalog, asked.detector, new, before, now)
    same = {path: reason for path, reason in repeated.same.items() if path not in held}
    runs = []
    for name, ones in groups.items():
        if others := [one for one in ones if one.path not in same]:
            grows = asked.by == "folder" or any(one.path in held for one in others)
            runs.append(_imported(asked, name, others, before.get(name), grows, repeated.copies))
    return runs, same


def _imported(
    asked: Import,
    name: str,
    found: Sequence[Examined],
    known: RunRow | None,
    grows: bool,
    copies: Mapping[Path, str],
) -> ImportedRun:
    run = _run(asked, name, found, known if grows else None)
    own = {one.path: copies[one.path] for one in found if one.path in copies}
    return ImportedRun(_suspected(run, known, own), known, own)


def _place(asked: Import, one: Examined) -> Path:
    return one.path if asked.by == "file" else one.path.parent


def _by_place(asked: Import, found: Iterable[Examined]) -> dict[Path, list[FileRow]]:
    places: dict[Path, list[FileRow]] = {}
    for one in found:
        if one.file is not None:
            places.setdefault(_place(asked, one), []).append(one.file)
    return places


def _holders(catalog: Catalog, detector: str, paths: Iterable[Path]) -> dict[Path, str]:
    """Name the run of the detector that has each file already."""
    return {
        path: run
        for path, owners in catalog.owners(paths).items()
        for of, _, run in owners
        if of == detector
    }


def _runs_named(catalog: Catalog, detector: str, names: Iterable[str]) -> list[RunRow]:
    return catalog.runs(_RUNS.c.name.in_(sorted(set(names))), detector=detector)


def _run(
    asked: Import, name: str, found: Sequence[Examined], before: RunRow | None = None
) -> RunRow:
    """Make a run of what was found, together with what it had before and was not moved."""
    new = {one.path: one.file for one in found if one.file is not None}
    digests = {file.sha256 for file in new.values()}
    kept = (file for file in before.files if not was_moved(file, digests)) if before else ()
    files: dict[Path, FileRow] = {file.path: file for file in kept}
    order = list(files) if new.keys() <= files.keys() else sorted(files.keys() | new.keys())
    files |= new
    start_ns, stop_ns = _span(found, before, whole=files.keys() == new.keys())
    fault = _fault_of(files.values())
    return RunRow(
        name=name,
        detector=asked.detector,
        kind=asked.kind or (before.kind if before else "science"),
        start_ns=start_ns,
        stop_ns=stop_ns,
        files=tuple(files[path] for path in order),
        state="bad" if fault else "ok",
        reason=fault,
        options=asked.options or (before.options if before else {}),
    )


def _suspected(run: RunRow, before: RunRow | None, copies: Mapping[Path, str]) -> RunRow:
    """Make a run with copies suspect, unless it is bad; what was said against it still is."""
    if run.state != "ok" or not copies:
        return run
    path, reason = next(iter(copies.items()))
    reason = f"{path.name}: {reason}"
    if before is not None and before.state == "suspect" and before.reason:
        reason = f"{before.reason}; {reason}"
    return replace(run, state="suspect", reason=reason)


def _span(
    found: Sequence[Examined], before: RunRow | None, whole: bool
) -> tuple[int | None, int | None]:
    """Give what a run book said; else the first of the starts that are known."""
    if before is not None and before.stop_ns is not None:
        return before.start_ns, before.stop_ns
    starts = [one.start_ns for one in found]
    if before is not None and not whole:
        starts.append(before.start_ns)
    return min((start for start in starts if start is not None), default=None), None


def _fault_of(files: Iterable[FileRow]) -> str:
    return next((f"{f.path.name}: {f.reason}" for f in files if f.state == "bad"), "")


Verdict = Literal["read", "known", "of another kind", "of another detector"]


def verdict(asked: Import, file: FileRow, owners: Sequence[Owner]) -> Verdict:
    """Say what a file that is known and unchanged is to an import."""
    mine = {kind for detector, kind, _ in owners if detector == asked.detector}
    if mine:
        if asked.kind is not None and asked.kind not in mine:
            return "read" if asked.replace else "of another kind"
        return "read" if asked.replace and file.state == "bad" else "known"
    if not owners or asked.replace or file.state == "bad":
        return "read"
    return "of another detector"
