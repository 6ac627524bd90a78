"""From which product a run has to start: the deepest whose lineage still holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from helioscope.catalog.lineage import Lineage, differences
from helioscope.catalog.store import Catalog
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.runs.pieces.store import PieceFolder, finished_pieces
from helioscope.core.runs.preparation import choices, lineages_of
from helioscope.core.runs.product_folder import KINDS, RECORD, present
from helioscope.core.runs.rejudging import read_record
from helioscope.errors import InputError, UsageError
from helioscope.job.plan import PlannedRun

#: ``nothing``: the products are there. ``catalogue``: they are there, but a crash came before
#: their rows. ``products``: the same lie elsewhere and are linked. ``observables``: candidates are
#: made anew. ``raw``: everything is.
Start = Literal["nothing", "catalogue", "products", "observables", "raw"]


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


def starting_point(workspace: Workspace, planned: PlannedRun) -> StartingPoint:
    """Find the deepest product of a run whose lineage still holds.

    Raises
    ------
    UsageError
        Where a calibration is missing, or products lie at the place that were made in another
        way; it shows the difference.
    """
    catalog = workspace.catalog
    try:
        files = catalog.examined(planned.files)
    except InputError as fault:  # it will fail by itself, and leave the others alone
        return StartingPoint("raw", f"bad input: {fault.where}: {fault.found}")
    lineages = lineages_of(workspace, planned, *choices(workspace, planned), files)
    folder = workspace.folder(planned)
    if folder.exists():
        _as_before(lambda: present(folder, lineages))
        if len(catalog.products_in(folder)) < len(KINDS):
            return StartingPoint("catalogue", "the products are there without a row", folder, 0.0)
        return StartingPoint("nothing", "the products are there", folder, 0.0)
    if finished := finished_pieces(folder):
        schema = planned.detector.detector.observables
        _as_before(PieceFolder(folder, schema, lambda: lineages["candidates"]).require_same)
        why = f"it was begun: {finished} of its pieces are there"
        return StartingPoint("raw", why, None, _took_raw(catalog, planned))
    same = _holding(catalog, lineages, *reversed(KINDS))
    if same:
        return StartingPoint("products", f"the same products lie in {same}", same, 0.0)
    deep = _holding(catalog, lineages, "observables", "events")
    if deep:
        why = _change(catalog, planned, lineages, "candidates")
        return StartingPoint("observables", why, deep, _took(deep, "observables"))
    why = _change(catalog, planned, lineages, "observables")
    return StartingPoint("raw", why, None, _took_raw(catalog, planned))


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


def _holding(catalog: Catalog, lineages: Mapping[str, Lineage], *kinds: str) -> Path | None:
    """Find a folder that holds products of these lineages, all of them there."""
    for first in catalog.find_products(lineages[kinds[0]], kinds[0]):
        folder = first.path.parent
        there = {row.kind: row.lineage for row in catalog.products_in(folder)}
        held = all(
            there.get(kind) == lineages[kind].digest and (folder / f"{kind}.parquet").is_file()
            for kind in kinds
        )
        if held and (folder / RECORD).is_file():
            return folder
    return None


def _change(
    catalog: Catalog, planned: PlannedRun, lineages: Mapping[str, Lineage], kind: str
) -> str:
    """Say in words what makes a product differ from the newest one of its run."""
    old = catalog.products(run=planned.run.name, detector=planned.detector.name, kind=kind)
    if not old:
        return f"there are no {kind} yet"
    words = differences(catalog.lineage(old[-1].lineage), lineages[kind])
    return "; ".join(words) or f"the file of the {kind} is gone"


def _took(folder: Path, start: str) -> float | None:
    timing: dict[str, Any] = read_record(folder).get("timing", {})
    return float(timing["elapsed_s"]) if timing.get("from") == start else None


def _took_raw(catalog: Catalog, planned: PlannedRun) -> float | None:
    rows = catalog.products(run=planned.run.name, detector=planned.detector.name, kind=KINDS[-1])
    for row in reversed(rows):
        if (row.path.parent / RECORD).is_file():
            took = _took(row.path.parent, "raw")
            if took is not None:
                return took
    return None
