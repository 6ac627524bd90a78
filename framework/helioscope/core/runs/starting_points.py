"""From which product a run has to start: the deepest whose lineage still holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from helioscope.catalog.lineage import Lineage
from helioscope.catalog.rows import FileRow
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.progress import Progress, silent
from helioscope.core.runs.archived import Archived
from helioscope.core.runs.pieces.begun import finished_pieces, require_same
from helioscope.core.runs.pieces.store import PieceFolder
from helioscope.core.runs.pieces.verdicts import KIND as VERDICTS
from helioscope.core.runs.preparation import choices, lineages_of
from helioscope.core.runs.product_folder import KINDS, present
from helioscope.errors import InputError, UsageError
from helioscope.job.plan import PlannedRun

#: ``nothing``: the products are there. ``catalogue``: they are there, but a crash came before
#: their rows. ``products``: the same lie elsewhere and are linked. ``observables``: they are
#: rescaled where that is new, and candidates are made anew. ``raw``: everything is.
Start = Literal["nothing", "catalogue", "products", "observables", "raw"]

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
    """

    start: Start
    why: str
    source: Path | None = None
    estimate_s: float | None = None


def starting_points(
    workspace: Workspace, runs: Sequence[PlannedRun], advance: Progress = silent
) -> Iterator[StartingPoint]:
    """Find the deepest product of each run whose lineage still holds.

    The catalogue is asked about many runs at once.

    Parameters
    ----------
    advance
        Is told of each run that is done.

    Raises
    ------
    UsageError
        Where a calibration is missing, or products lie at the place that were made in another
        way; it shows the difference.
    """
    for first in range(0, len(runs), RUNS_AT_ONCE):
        some = runs[first : first + RUNS_AT_ONCE]
        known = workspace.catalog.known_files([path for run in some for path in run.files])
        wanted = [_wanted(workspace, planned, known) for planned in some]
        archived = Archived.read(
            workspace.catalog, some, [of for of in wanted if not isinstance(of, InputError)]
        )
        for planned, lineages in zip(some, wanted, strict=True):
            if isinstance(lineages, InputError):  # it fails by itself, and leaves the others alone
                yield StartingPoint("raw", f"bad input: {lineages.where}: {lineages.found}")
            else:
                yield _starting_point(archived, workspace, planned, lineages)
            advance(1)


def _wanted(
    workspace: Workspace, planned: PlannedRun, known: Mapping[Path, FileRow]
) -> dict[str, Lineage] | InputError:
    """Give the lineages that the products of a run should have, or the fault of its files."""
    try:
        files = workspace.catalog.examined(planned.files, known)
    except InputError as fault:
        return fault
    return lineages_of(workspace, planned, *choices(workspace, planned), files)


def _starting_point(
    archived: Archived,
    workspace: Workspace,
    planned: PlannedRun,
    lineages: Mapping[str, Lineage],
) -> StartingPoint:
    folder = workspace.folder(planned)
    if folder.exists():
        _as_before(lambda: present(folder, lineages))
        if len(archived.in_folder(planned, folder)) < len(KINDS):
            return StartingPoint("catalogue", "the products are there without a row", folder, 0.0)
        return StartingPoint("nothing", "the products are there", folder, 0.0)
    if finished := finished_pieces(folder):
        schema = planned.detector.detector.observables
        _as_before(PieceFolder(folder, schema, lambda: lineages["candidates"]).require_same)
        why = f"it was begun: {len(finished)} of its pieces are there"
        return StartingPoint("raw", why, None, archived.took(planned, "raw"))
    same = archived.holding(lineages, *reversed(KINDS))
    if same:
        return StartingPoint("products", f"the same products lie in {same}", same, 0.0)
    deep = archived.holding(lineages, "observables", "events")
    if not deep and planned.detector.detector.rescaling:
        deep = archived.measured(lineages)
    if deep:
        why = archived.change(planned, lineages["candidates"])
        if judged := finished_pieces(folder, VERDICTS):
            _as_before(lambda: require_same(folder, VERDICTS, lambda: lineages["candidates"]))
            why = f"it was begun: {len(judged)} pieces are judged"
        return StartingPoint("observables", why, deep, archived.took(planned, "observables"))
    why = archived.change(planned, lineages["observables"])
    return StartingPoint("raw", why, None, archived.took(planned, "raw"))


def _as_before(require: Callable[[], object]) -> None:
    try:
        require()
    except UsageError as fault:
        raise UsageError(
            where=fault.where,
            found=fault.found,
            expected="the same settings, plugins, calibrations and inputs as before",
            remedy="give what was given before, or choose another --tag",
        ) from None
