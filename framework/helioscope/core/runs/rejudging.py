"""Products made from products: candidates from stored observables, or the same ones linked."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awkward as ak

from helioscope.catalog.lineage import Lineage
from helioscope.core.events import loop
from helioscope.core.events.counts import Counts
from helioscope.core.events.live_time import LiveTime
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.runs.overlaps import tagging_of
from helioscope.core.runs.placing import partial_prefix
from helioscope.core.runs.preparation import (
    lineages_of,
    record_of,
    run_row,
    run_span,
    setups,
    timing,
)
from helioscope.core.runs.product_folder import RECORD, ProductFolder, register
from helioscope.core.runs.running import RunOutcome, columns, cuts_of, judgement_of, outcome
from helioscope.errors import OutputError
from helioscope.io.parquet import iterate_product
from helioscope.job.plan import PlannedRun
from helioscope.model.products import CANDIDATES, EVENTS
from helioscope.plugin import Setup

#: Rows of a stored product that are in memory at once.
ROWS = 65536


def rejudged(workspace: Workspace, planned: PlannedRun, source: Path) -> RunOutcome:
    """Make the products of a run from observables and events that are there.

    Parameters
    ----------
    source
        Folder of products whose observables still hold.
    """
    started = time.time()
    folder = workspace.folder(planned)
    setup, judge_setup = setups(workspace, planned)
    files = workspace.catalog.examined(planned.files)
    used = setup.calibrations, judge_setup.calibrations
    lineages = lineages_of(workspace, planned, *used, files)
    old = read_record(source)
    counts = Counts(planned.detector.detector, cuts_of(planned))
    live = LiveTime(tagging_of(workspace, planned))
    with ProductFolder(folder, planned.detector.detector.observables) as products:
        for chunk in _chunks(workspace, planned, judge_setup, source):
            products.write(chunk)
            counts.add(chunk)
            live.add(*columns(chunk.events, "time_ns", "covered_ns", "dead_s"))
        for step in ("events_read", "duplicates_rejected"):  # only the raw data knew them
            counts.steps[step] = old["counts"][step]
        table = live.rows(planned.run.name, planned.detector.name, run_span(planned, files))
        workspace.catalog.register_run(run_row(planned, counts, files))
        record = record_of(workspace, planned, counts, files, old["skipped"])
        record |= {
            "live_time": ak.to_list(table),
            "timing": timing("observables", started, counts),
        }
        products.finish(table, lineages, record)
    products.register(workspace.catalog, planned, workspace.analysis_tag or "")
    return outcome(planned, "done", folder, record)


def linked(workspace: Workspace, planned: PlannedRun, source: Path) -> RunOutcome:
    """Put products that are the same in every byte at a second place, without copying them.

    Raises
    ------
    OutputError
        Where the system refuses.
    """
    folder = workspace.folder(planned)
    record = read_record(source)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=partial_prefix(folder), dir=folder.parent))
        try:
            for path in sorted(source.iterdir()):
                _link(path, staged / path.name)
            staged.chmod(0o755)
            staged.rename(folder)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
    except OSError as error:
        raise OutputError(
            where=str(folder),
            found=error.strerror or str(error),
            expected="room and permission to write there",
        ) from error
    lineages = {
        kind: Lineage.from_json(json.dumps(values)) for kind, values in record["lineage"].items()
    }
    tag = workspace.analysis_tag or ""
    register(workspace.catalog, planned, folder, record["products"], lineages, tag)
    return outcome(planned, "linked", folder, record)


def read_record(folder: Path) -> dict[str, Any]:
    """Read the record beside products."""
    values: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    return values


def _link(path: Path, place: Path) -> None:
    try:
        os.link(path, place)
    except OSError:  # another file system, or one without links
        shutil.copy2(path, place)


def _chunks(
    workspace: Workspace, planned: PlannedRun, judge_setup: Setup, source: Path
) -> Iterator[loop.Chunk]:
    """Go through the stored events, then through the stored observables with their verdict."""
    schema = planned.detector.detector.observables
    for events in iterate_product(source / "events.parquet", ROWS, EVENTS):
        yield loop.Chunk(len(events), events, schema.empty(), CANDIDATES.empty())
    judgement = judgement_of(workspace, planned, judge_setup)
    stored = iterate_product(source / "observables.parquet", ROWS, schema)
    for number, observables in enumerate(stored):
        where = f"run {planned.run.name}, stored observables, rows from {number * ROWS}"
        verdict = loop.judged(observables, judgement, where, judge_setup.seed + number)
        yield loop.Chunk(0, EVENTS.empty(), observables, *verdict)
