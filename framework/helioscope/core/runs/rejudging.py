"""Candidates made from stored observables, which are rescaled where that is new."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import awkward as ak

from helioscope.core.events import border, loop
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
    run_span,
    setups,
    timing,
)
from helioscope.core.runs.product_folder import ProductFolder
from helioscope.core.runs.run_outcomes import RunOutcome, outcome
from helioscope.core.runs.run_states import run_row
from helioscope.core.runs.running import columns, cuts_of, judgement_of
from helioscope.core.runs.stored_products import StoredProducts
from helioscope.io.parquet import iterate_product, read_header
from helioscope.job.plan import PlannedRun
from helioscope.model.intervals import Intervals
from helioscope.model.products import EVENTS
from helioscope.plugin import Detector, Setup

#: Rows of a stored product that are in memory at once.
ROWS = 65536

#: Takes stored observables, where they stand in words, and a seed.
Rescaled = Callable[[ak.Array, str, int], ak.Array]


def rejudged(
    workspace: Workspace, planned: PlannedRun, source: Path, passed_over: Collection[Path] = ()
) -> RunOutcome:
    """Make the products of a run from observables and events that are there.

    What is the same in every byte is linked. The verdicts on a long run are kept piece by piece
    until it is done, so that the same call goes on from the last that was finished.

    Parameters
    ----------
    source
        Folder of products whose observables still hold, or do once they are rescaled.
    passed_over
        Files in it that are damaged.

    Raises
    ------
    DamageError
        Where another is damaged.
    UsageError
        Where it was begun in another way.
    HelioscopeError
        Whatever else goes wrong.
    """
    started = time.time()
    folder, detector = workspace.folder(planned), planned.detector.detector
    setup, judge_setup = setups(workspace, planned)
    files = workspace.catalog.examined(planned.files)
    used = setup.calibrations, judge_setup.calibrations
    lineages = lineages_of(workspace, planned, *used, files)
    stored = StoredProducts.read(source, lineages, detector.rescaling is not None, passed_over)
    rescaled = _rescaled(detector, setup, stored)
    counts = Counts(detector, cuts_of(planned))
    judgement = judgement_of(workspace, planned, judge_setup)
    kept = VerdictFolder(folder, lineages["candidates"], judgement.verdicts)
    kept.require_same()
    with ProductFolder(folder, detector.observables, source, stored.same) as products:
        for chunk in _chunks(workspace, planned, judgement, stored, kept, rescaled):
            products.write(chunk)
            counts.add(chunk)
        counts.take_events(stored.record["counts"])
        live = None
        if "live_time" not in stored.same:
            live = _live_time(workspace, planned, source, run_span(planned, files))
        record = record_of(workspace, planned, counts, files, stored.record["skipped"])
        workspace.catalog.register_run(run_row(planned, record["warnings"], files))
        record |= {
            "live_time": stored.record["live_time"] if live is None else ak.to_list(live),
            "timing": timing("observables", started, counts),
        }
        products.finish(live, lineages, record)
    kept.remove()
    products.register(workspace.catalog, planned, workspace.analysis_tag or "")
    return outcome(planned, "done", folder, record)


def _rescaled(detector: Detector, setup: Setup, stored: StoredProducts) -> Rescaled:
    """Give what the stored observables go through before they are judged."""
    last = detector.rescaling
    if last is None or "observables" in stored.same:
        return lambda observables, _where, _seed: observables
    rescale = loop.rescaling(detector, last, setup)
    return lambda observables, where, seed: border.rescaled(
        detector, rescale, observables, where, seed
    )


def _live_time(
    workspace: Workspace, planned: PlannedRun, source: Path, span: Intervals | None
) -> ak.Array:
    live = LiveTime(tagging_of(workspace, planned))
    for events in iterate_product(source / "events.parquet", ROWS, EVENTS):
        live.add(*columns(events, "time_ns", "covered_ns", "dead_s"))
    return live.rows(planned.run.name, planned.detector.name, span)


def _chunks(
    workspace: Workspace,
    planned: PlannedRun,
    judgement: Judgement,
    stored: StoredProducts,
    kept: VerdictFolder,
    rescaled: Rescaled,
) -> Iterator[loop.Chunk]:
    """Go through the stored observables with their verdict."""
    path = stored.observables
    pieces = _pieces(path, workspace.plan.piece_bytes)
    batches = iterate_product(path, ROWS, planned.detector.detector.observables)
    what = f"{planned.run.name} {planned.detector.name}, judged again"
    with shown(what, pieces[-1].stop, of="rows", quiet=workspace.quiet) as advance:
        for rows in pieces:
            some = islice(batches, -(-len(rows) // ROWS) or 1)
            of_piece = kept if len(pieces) > 1 else None
            for chunk in _judged(some, rows, judgement, seed(planned), of_piece, rescaled):
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
    rescaled: Rescaled,
) -> Iterator[loop.Chunk]:
    """Rescale and judge a piece, unless its verdicts are kept; then keep them."""
    found = kept.find(rows) if kept else None
    at = rows.start
    with kept.writer(rows) if kept and found is None else nullcontext() as writer:
        for batch in batches:
            after, where = (
                at + len(batch),
                f"run {judgement.run}, stored observables, rows from {at}",
            )
            observables = rescaled(batch, where, seed + at // ROWS)
            if found is None:
                verdict = verdict_on(observables, judgement, where, seed + at // ROWS)
                if writer:
                    writer.write(verdict)
            else:
                verdict = found[at - rows.start : after - rows.start]
            at = after
            placed = as_candidates(observables, verdict, judgement)
            yield loop.Chunk(0, EVENTS.empty(), observables, *placed)
