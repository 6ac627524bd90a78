"""Runs whose products are there: entered in the catalogue, with their files as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from helioscope.catalog.lineage import Lineage
from helioscope.catalog.rows import FileRow
from helioscope.catalog.store import Catalog
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.runs.preparation import pointing_told
from helioscope.core.runs.present_products import present
from helioscope.core.runs.product_folder import register
from helioscope.core.runs.run_outcomes import RunOutcome, outcome
from helioscope.core.runs.run_states import enter_state, judged_anew, run_row
from helioscope.io.files import write_json
from helioscope.io.run_records import KINDS, RECORD
from helioscope.job.plan import PlannedRun


def already_there(
    workspace: Workspace, planned: PlannedRun, folder: Path, lineages: dict[str, Lineage]
) -> RunOutcome:
    """Take products that are there already; enter them where a crash came before.

    Where the run book says another number of events now, its record and its row say so; where
    the pointing logs lie elsewhere now, its record does.

    Raises
    ------
    OtherLineageError
        Where they were made in another way.
    InputError
        Where they are damaged.
    """
    old = record = present(folder, lineages)
    if anew := judged_anew(planned, record):
        enter_state(workspace, planned, anew)
        record = anew
    if told := pointing_told(workspace):  # of the same content: it is of the lineage
        record = {**record, "pointing": record["pointing"] | {"files": told["files"]}}
    if record != old:
        write_json(folder / RECORD, record)
    tag = workspace.analysis_tag or ""
    known = workspace.catalog.products_of([(planned.detector.name, planned.run.name)])
    if sum(row.path.parent == folder for row in known) < len(KINDS):
        register(workspace.catalog, planned, folder, record["products"], lineages, tag)
    return outcome(planned, "present", folder, record)


def entered(
    catalog: Catalog, planned: PlannedRun, files: tuple[FileRow, ...], there: RunOutcome
) -> RunOutcome:
    """Enter a run with files of the same content as its products, where the catalogue has others.

    Returns
    -------
    RunOutcome
        What was given, with a word where files have other places.
    """
    of = planned.detector.name, planned.run.name
    if catalog.paths_of(*of) == tuple(file.path for file in files):
        return there
    known = catalog.runs(detector=of[0], name=of[1])
    row = replace(known[0], files=files) if known else run_row(planned, there.warnings, files)
    catalog.register_run(row)
    words = _words(known[0].files, files) if known else []
    return replace(there, warnings=[*there.warnings, *words])


def _words(old: Sequence[FileRow], new: Sequence[FileRow]) -> list[str]:
    gone = [str(file.path) for file in old if file.path not in {one.path for one in new}]
    come = [str(file.path) for file in new if file.path not in {one.path for one in old}]
    if not gone and not come:
        return []
    more = f" (the first of {max(len(gone), len(come))})" if max(len(gone), len(come)) > 1 else ""
    first, last = (of[0] if of else "(none)" for of in (gone, come))
    return [f"its files are entered where they are now: {first} -> {last}{more}"]
