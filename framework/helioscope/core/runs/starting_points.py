"""From which product a run has to start: the deepest whose lineage still holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from helioscope.catalog.lineage import Lineage
from helioscope.catalog.rows import FileRow
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.progress import Progress, silent
from helioscope.core.runs.archived import Archived
from helioscope.core.runs.damage import DamageError
from helioscope.core.runs.pieces.begun import finished_pieces, require_same
from helioscope.core.runs.pieces.store import PieceFolder
from helioscope.core.runs.pieces.verdicts import KIND as VERDICTS
from helioscope.core.runs.preparation import choices, lineages_of
from helioscope.core.runs.present_products import present
from helioscope.core.runs.run_states import judged_anew
from helioscope.errors import InputError, OtherLineageError, UsageError
from helioscope.io.run_records import KINDS, RECORD
from helioscope.job.plan import PlannedRun

#: ``nothing``: the products are there. ``catalogue``: they are there, but a crash came before
#: their rows, their raw files lie elsewhere now, or the run book counts other events now.
#: ``products``: the same lie elsewhere and are linked. ``observables``: they are rescaled where
#: that is new, and candidates are made anew. ``raw``: everything is.
Start = Literal["nothing", "catalogue", "products", "observables", "raw"]

T = TypeVar("T")

#: Runs that the catalogue is asked about at once.
RUNS_AT_ONCE = 500


@dataclass(frozen=True)
class StartingPoint:
    """Where a run starts, and why.

    Attributes
    ----------
    source
        Folder of the products that it starts from; None for raw data.
    estimate_s
        How long it took before from the same kind of start; None where nobody knows.
    damaged
        Folders and files from which it would have started, each with what is wrong with it.
    skipped
        The bad files without which products that are there were made.
    """

    start: Start
    why: str
    source: Path | None = None
    estimate_s: float | None = None
    damaged: tuple[tuple[Path, str], ...] = ()
    skipped: tuple[str, ...] = ()


def starting_points(
    workspace: Workspace,
    runs: Sequence[PlannedRun],
    advance: Progress = silent,
    passed_over: Collection[Path] = (),
) -> Iterator[StartingPoint]:
    """Find the deepest product of each run whose lineage still holds.

    The catalogue is asked about many runs at once. Where an earlier run that has no span in the
    book starts from raw data, nobody knows yet what a later one counts of the same time: the
    later one is judged when its turn comes, and never linked.

    Parameters
    ----------
    runs
        In the order in which they will be processed.
    advance
        Is told of each run that is done.
    passed_over
        Folders and files from which no run may start.

    Raises
    ------
    UsageError
        Where a calibration is missing, or products lie at the place that were made in another
        way; it shows the difference.
    """
    open_spans: set[tuple[str, str]] = set()
    for first in range(0, len(runs), RUNS_AT_ONCE):
        some = runs[first : first + RUNS_AT_ONCE]
        known = workspace.catalog.known_files([path for run in some for path in run.files])
        wanted = [_wanted(workspace, planned, known) for planned in some]
        archived = Archived.read(
            workspace.catalog,
            some,
            [of for of in wanted if not isinstance(of, InputError)],
            passed_over,
        )
        for planned, lineages in zip(some, wanted, strict=True):
            before = _before(workspace, planned, open_spans) if open_spans else None
            if isinstance(lineages, InputError):  # it fails by itself, and leaves the others alone
                point = StartingPoint("raw", f"bad input: {lineages.where}: {lineages.found}")
            elif before:
                point = _after(before, archived, workspace, planned, lineages)
            else:
                point = _starting_point(archived, workspace, planned, lineages)
            if point.start == "raw" and planned.run.span_ns is None:
                open_spans.add((planned.detector.name, planned.run.name))
            yield point
            advance(1)


def _before(
    workspace: Workspace, planned: PlannedRun, open_spans: Container[tuple[str, str]]
) -> str | None:
    """Name a run that comes before one and may cover its time, nobody knows how much yet."""
    others = workspace.plan.may_overlap(planned)
    names = (run.run.name for run in others if (run.detector.name, run.run.name) in open_spans)
    return next(names, None)


def _wanted(
    workspace: Workspace, planned: PlannedRun, known: Mapping[Path, FileRow]
) -> dict[str, Lineage] | InputError:
    """Give the lineages that the products of a run should have, or the fault of its files.

    The events of an earlier run may be at fault, by which it is known what that one covers.
    """
    try:
        files = workspace.catalog.examined(planned.files, known)
        return lineages_of(workspace, planned, *choices(workspace, planned), files)
    except InputError as fault:
        return fault


def _starting_point(
    archived: Archived,
    workspace: Workspace,
    planned: PlannedRun,
    lineages: Mapping[str, Lineage],
) -> StartingPoint:
    folder = workspace.folder(planned)
    if folder.exists():
        return _from_its_place(archived, planned, folder, lineages)
    if finished := finished_pieces(folder):
        schema = planned.detector.detector.observables
        _as_before(PieceFolder(folder, schema, lambda: lineages["candidates"]).require_same)
        why = f"it was begun: {len(finished)} of its pieces are there"
        return StartingPoint("raw", why, None, archived.took(planned, "raw"))
    point = _from_stored(archived, planned, folder, lineages)
    if point.source is None or (gone := _gone(point.source, point.start)) is None:
        return point
    rest = replace(archived, passed_over=archived.passed_over | {gone[0]})
    found = _starting_point(rest, workspace, planned, lineages)
    return replace(found, damaged=(gone, *found.damaged))


def _from_stored(
    archived: Archived, planned: PlannedRun, folder: Path, lineages: Mapping[str, Lineage]
) -> StartingPoint:
    """Find the products of another folder that still hold."""
    same = archived.holding(lineages, *reversed(KINDS))
    if same:
        return StartingPoint("products", f"the same products lie in {same}", same, 0.0)
    if deep := _observables(archived, planned, lineages):
        why = archived.change(planned, lineages["candidates"])
        if judged := finished_pieces(folder, VERDICTS):
            _as_before(lambda: require_same(folder, VERDICTS, lambda: lineages["candidates"]))
            why = f"it was begun: {len(judged)} pieces are judged"
        return StartingPoint("observables", why, deep, archived.took(planned, "observables"))
    why = archived.change(planned, lineages["observables"])
    return StartingPoint("raw", why, None, archived.took(planned, "raw"))


def _after(
    before: str,
    archived: Archived,
    workspace: Workspace,
    planned: PlannedRun,
    lineages: Mapping[str, Lineage],
) -> StartingPoint:
    """Say where a run starts whose tags of time are known when another one is done."""
    folder = workspace.folder(planned)
    why = f"run {before} comes first, which may cover some of its time"
    begun = folder.exists() or finished_pieces(folder)  # looked at when its turn comes
    deep = None if begun else _observables(archived, planned, lineages)
    if deep:
        took = archived.took(planned, "observables")
        return StartingPoint("observables", why, deep, took)
    if not begun:
        why = archived.change(planned, lineages["observables"])
    return StartingPoint("raw", why, None, archived.took(planned, "raw"))


def _observables(
    archived: Archived, planned: PlannedRun, lineages: Mapping[str, Lineage]
) -> Path | None:
    """Find observables and events that still hold, or do once they are rescaled."""
    deep = archived.holding(lineages, "observables", "events")
    if not deep and planned.detector.detector.rescaling:
        return archived.measured(lineages)
    return deep


def _gone(source: Path, start: Start) -> tuple[Path, str] | None:
    """Look for what is not there of a folder from which a run starts."""
    if not (source / RECORD).is_file():
        return source, f"no {RECORD}"
    kinds = KINDS if start == "products" else ("events", "observables")
    files = [source / f"{kind}.parquet" for kind in kinds]
    return next(((path, "no such file") for path in files if not path.is_file()), None)


def _from_its_place(
    archived: Archived, planned: PlannedRun, folder: Path, lineages: Mapping[str, Lineage]
) -> StartingPoint:
    """Look at the products that are there; the run fails by damaged ones, and alone."""
    try:
        record = _as_before(lambda: present(folder, lineages))
    except DamageError as fault:
        return StartingPoint("raw", f"damaged: {fault.where}: {fault.found}")
    if len(archived.in_folder(planned, folder)) < len(KINDS):
        return StartingPoint("catalogue", "the products are there without a row", folder, 0.0)
    if judged_anew(planned, record):
        return StartingPoint("catalogue", "the run book counts other events now", folder, 0.0)
    skipped = tuple(str(item["file"]) for item in record["skipped"])
    why = "the products are there" + (", made without bad files" if skipped else "")
    return StartingPoint("nothing", why, folder, 0.0, skipped=skipped)


def _as_before(require: Callable[[], T]) -> T:
    try:
        return require()
    except OtherLineageError as fault:
        raise as_before(fault) from None


def as_before(fault: OtherLineageError) -> UsageError:
    """Say to who reprocesses what to do where something was made in another way."""
    return UsageError(
        where=fault.where,
        found=fault.found,
        expected="the same settings, plugins, calibrations and inputs as before",
        remedy="give what was given before, or choose another --tag",
    )
