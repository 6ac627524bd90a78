"""Running a job: each run from raw files to products with their record."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import MappingProxyType
from typing import Any

import awkward as ak

from helioscope.catalog.files import SilentChangeError
from helioscope.catalog.lineage import Lineage
from helioscope.catalog.rows import FileRow
from helioscope.core.events import loop
from helioscope.core.events.counts import Counts
from helioscope.core.events.judging import Judgement, discrimination, quality_mask
from helioscope.core.events.live_time import LiveTime
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.progress import shown
from helioscope.core.runs.entering import already_there, entered
from helioscope.core.runs.overlaps import tagging_of
from helioscope.core.runs.pieces.begun import piece_folder
from helioscope.core.runs.pieces.cuts import Piece, cut
from helioscope.core.runs.pieces.making import RunInPieces
from helioscope.core.runs.pieces.store import PieceFolder
from helioscope.core.runs.placing import restore
from helioscope.core.runs.preparation import (
    lineages_of,
    record_of,
    run_span,
    setups,
    timing,
)
from helioscope.core.runs.present_products import same_lineage
from helioscope.core.runs.product_folder import ProductFolder
from helioscope.core.runs.run_outcomes import RunOutcome, RunOutcomes, failed, outcome
from helioscope.core.runs.run_states import run_row
from helioscope.errors import HelioscopeError, OutputError, PluginError
from helioscope.job.plan import PlannedRun
from helioscope.plugin import Setup


def run_all(
    workspace: Workspace,
    replace_other: bool = False,
    uncalibrated: Mapping[str, HelioscopeError] = MappingProxyType({}),
) -> RunOutcomes:
    """Process the science runs of a job in order.

    Parameters
    ----------
    replace_other
        Make products again where they are of another lineage.
    uncalibrated
        Detectors whose calibrations failed, with the fault that their runs fail by.

    A bad file or setting fails its run and the others go on; a plugin that breaks its promise
    ends the runs of its detector; a fault of the output ends the job.
    """
    broken = dict(uncalibrated)
    for planned in workspace.plan.science:
        name = planned.detector.name
        if name in broken:
            yield failed(workspace, planned, broken[name])
            continue
        try:
            yield run_one(workspace, planned, replace_other)
        except OutputError:
            raise
        except HelioscopeError as error:
            if isinstance(error, PluginError):
                broken[name] = error
            yield failed(workspace, planned, error)


def run_one(
    workspace: Workspace,
    planned: PlannedRun,
    replace_other: bool = False,
    pieces: Sequence[Piece] = (),
) -> RunOutcome:
    """Take one run from its raw files to its products, or on from the pieces that are there.

    Parameters
    ----------
    pieces
        Where the run is cut, if that is known already.

    Raises
    ------
    HelioscopeError
        Whatever goes wrong; then nothing stands at the products' place.
    """
    folder = workspace.folder(planned)
    restore(folder)
    used = setups(workspace, planned)
    if folder.exists():
        files = workspace.catalog.examined(planned.files)
        lineages = _lineages(workspace, planned, used, files)
        if not (replace_other and not same_lineage(folder, lineages)):
            there = already_there(workspace, planned, folder, lineages)
            shutil.rmtree(piece_folder(folder), ignore_errors=True)
            return entered(workspace.catalog, planned, files, there)
    return _made(workspace, planned, used, replace_other, pieces)


def _made(
    workspace: Workspace,
    planned: PlannedRun,
    used: tuple[Setup, Setup],
    replace_other: bool,
    pieces: Sequence[Piece],
) -> RunOutcome:
    """Make the products of a run; meanwhile its files are read whole for their digests."""
    raw, folder = workspace.raw(planned), workspace.folder(planned)
    pieces = pieces or cut(raw, workspace.plan.piece_bytes)
    with ThreadPoolExecutor(1) as hashing:
        files = hashing.submit(workspace.catalog.read_through, planned.files)

        def lineages() -> dict[str, Lineage]:
            return _lineages(workspace, planned, used, files.result())

        def begun() -> Lineage:
            raw.require_examined(files.result())
            return lineages()["candidates"]

        kept = PieceFolder(folder, planned.detector.detector.observables, begun)
        try:
            kept.require_same(replace_other)
            work = RunInPieces(raw, kept, used[0])
            products, record = _products(
                workspace, work, pieces, used[1], files, lineages, replace_other
            )
        except SilentChangeError:
            kept.remove()  # pieces by themselves trust in size and time
            raise
    kept.remove()
    products.register(workspace.catalog, planned, workspace.analysis_tag or "")
    return outcome(planned, "done", folder, record)


def _lineages(
    workspace: Workspace,
    planned: PlannedRun,
    used: tuple[Setup, Setup],
    files: tuple[FileRow, ...],
) -> dict[str, Lineage]:
    of_events, judging = (setup.calibrations for setup in used)
    return lineages_of(workspace, planned, of_events, judging, files)


def _products(
    workspace: Workspace,
    work: RunInPieces,
    pieces: Sequence[Piece],
    judge_setup: Setup,
    files: Future[tuple[FileRow, ...]],
    lineages: Callable[[], dict[str, Lineage]],
    replace_other: bool,
) -> tuple[ProductFolder, dict[str, Any]]:
    """Put the products of a run at their place; give them with their record."""
    raw, planned, started = work.raw, work.raw.planned, time.time()
    counts = Counts(planned.detector.detector, cuts_of(planned))
    live = LiveTime(tagging_of(workspace, planned))
    folder, schema = workspace.folder(planned), planned.detector.detector.observables
    with ProductFolder(folder, schema, replace_other=replace_other) as products:
        for chunk in _chunks(workspace, work, pieces, judge_setup):
            products.write(chunk)
            counts.add(chunk)
            live.add(*columns(chunk.events, "time_ns", "covered_ns", "dead_s"))
        span = run_span(planned, files.result())
        table = live.rows(planned.run.name, planned.detector.name, span)
        raw.require_examined(files.result())
        record = record_of(workspace, planned, counts, files.result(), work.skipped)
        workspace.catalog.register_run(run_row(planned, record["warnings"], files.result()))
        record |= {"live_time": ak.to_list(table), "timing": timing("raw", started, counts)}
        products.finish(table, lineages(), record)
    return products, record


def judgement_of(workspace: Workspace, planned: PlannedRun, judge_setup: Setup) -> Judgement:
    """Make ready what turns the rows of a run into candidates."""
    discriminator = planned.detector.discriminator
    return Judgement(
        run=planned.run.name,
        detector=planned.detector.name,
        quality_mask=quality_mask(planned.detector.detector),
        discriminator=discriminator,
        discriminate=discrimination(discriminator, judge_setup),
        tagging=tagging_of(workspace, planned),
        sun_offset=workspace.sun_offset,
        cuts=cuts_of(planned),
    )


def cuts_of(planned: PlannedRun) -> tuple[str, ...]:
    """Name the cuts of a run's discriminator, in their order."""
    entry = planned.detector
    return entry.discriminator.cuts(entry.discriminator_config) if entry.discriminator else ()


def _chunks(
    workspace: Workspace, work: RunInPieces, pieces: Sequence[Piece], judge_setup: Setup
) -> Iterator[loop.Chunk]:
    planned, results = work.raw.planned, work.results(pieces)
    judgement = judgement_of(workspace, planned, judge_setup)
    what = f"{planned.run.name} {planned.detector.name}"
    with shown(what, work.raw.count, quiet=workspace.quiet) as advance:
        for chunk in loop.candidates(results, planned.detector.detector, work.setup, judgement):
            yield chunk
            advance(chunk.read)


def columns(batch: ak.Array, *names: str) -> Iterator[Any]:
    """Give columns of a batch as numpy arrays."""
    return (ak.to_numpy(batch[name]) for name in names)
