"""Candidates made from stored observables."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import awkward as ak

from helioscope.core.events import loop
from helioscope.core.events.counts import Counts
from helioscope.core.events.judging import Judgement, as_candidates, verdict_on
from helioscope.core.events.live_time import LiveTime
from helioscope.core.jobs.workspace import Workspace, seed
from helioscope.core.progress import shown
from helioscope.core.runs.overlaps import tagging_of
from helioscope.core.runs.pieces.verdicts import VerdictFolder
from helioscope.core.runs.preparation import (
    lineages_of,
    record_of,
    run_row,
    run_span,
    setups,
    timing,
)
from helioscope.core.runs.product_folder import ProductFolder
from helioscope.core.runs.running import RunOutcome, columns, cuts_of, judgement_of, outcome
from helioscope.io.parquet import iterate_product, read_header
from helioscope.io.run_folders import read_record
from helioscope.job.plan import PlannedRun
from helioscope.model.products import CANDIDATES, EVENTS

#: Rows of a stored product that are in memory at once.
ROWS = 65536


def rejudged(workspace: Workspace, planned: PlannedRun, source: Path) -> RunOutcome:
    """Make the products of a run from observables and events that are there.

    The verdicts on a long run are kept piece by piece until it is done, so that the same call
    goes on from the last that was finished.

    Parameters
    ----------
    source
        Folder of products whose observables still hold.

    Raises
    ------
    UsageError
        Where it was begun in another way.
    HelioscopeError
        Whatever else goes wrong.
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
    judgement = judgement_of(workspace, planned, judge_setup)
    kept = VerdictFolder(folder, lineages["candidates"], judgement.verdicts)
    kept.require_same()
    with ProductFolder(folder, planned.detector.detector.observables) as products:
        for chunk in _chunks(workspace, planned, judgement, source, kept):
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
    kept.remove()
    products.register(workspace.catalog, planned, workspace.analysis_tag or "")
    return outcome(planned, "done", folder, record)


def _chunks(
    workspace: Workspace,
    planned: PlannedRun,
    judgement: Judgement,
    source: Path,
    kept: VerdictFolder,
) -> Iterator[loop.Chunk]:
    """Go through the stored events, then through the stored observables with their verdict."""
    schema = planned.detector.detector.observables
    for events in iterate_product(source / "events.parquet", ROWS, EVENTS):
        yield loop.Chunk(len(events), events, schema.empty(), CANDIDATES.empty())
    stored = source / "observables.parquet"
    pieces = _pieces(stored, workspace.plan.piece_bytes)
    batches = iterate_product(stored, ROWS, schema)
    what = f"{planned.run.name} {planned.detector.name}, judged again"
    with shown(what, pieces[-1].stop, of="rows", quiet=workspace.quiet) as advance:
        for rows in pieces:
            some = islice(batches, -(-len(rows) // ROWS) or 1)
            of_piece = kept if len(pieces) > 1 else None
            for chunk in _judged(some, rows, judgement, seed(planned), of_piece):
                yield chunk
                advance(len(chunk.observables))


def _pieces(stored: Path, apart_bytes: int) -> list[range]:
    """Part the rows of a product at borders of batches, about so many bytes of its file apart."""
    rows = read_header(stored).rows
    batches = -(-rows // ROWS) or 1
    step = ROWS * max(1, apart_bytes * batches // stored.stat().st_size)
    return [range(first, min(first + step, rows)) for first in range(0, rows, step)] or [range(0)]


def _judged(
    batches: Iterable[ak.Array],
    rows: range,
    judgement: Judgement,
    seed: int,
    kept: VerdictFolder | None,
) -> Iterator[loop.Chunk]:
    """Judge a piece, unless its verdicts are kept; then keep them."""
    found = kept.find(rows) if kept else None
    at = rows.start
    with kept.writer(rows) if kept and found is None else nullcontext() as writer:
        for observables in batches:
            after = at + len(observables)
            if found is None:
                where = f"run {judgement.run}, stored observables, rows from {at}"
                verdict = verdict_on(observables, judgement, where, seed + at // ROWS)
                if writer:
                    writer.write(verdict)
            else:
                verdict = found[at - rows.start : after - rows.start]
            at = after
            placed = as_candidates(observables, verdict, judgement)
            yield loop.Chunk(0, EVENTS.empty(), observables, *placed)
