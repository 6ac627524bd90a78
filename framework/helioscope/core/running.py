"""Running a job: each run from raw files to products with their record."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import awkward as ak

from helioscope.catalog.lineage import Lineage
from helioscope.catalog.rows import FileRow, RunRow
from helioscope.core import calibration_store, loop
from helioscope.core.counts import Counts
from helioscope.core.lineages import candidates_lineage, live_time_lineage, observables_lineage
from helioscope.core.live_time import LiveTime
from helioscope.core.product_folder import ProductFolder, present, same_lineage
from helioscope.core.progress import shown, silent
from helioscope.core.raw import RawRun, ahead
from helioscope.core.workspace import Workspace, seed, span
from helioscope.errors import ExitCode, HelioscopeError, OutputError, PluginError
from helioscope.job.plan import PlannedRun
from helioscope.model.intervals import Intervals
from helioscope.plugin import Calibration, Setup


@dataclass(frozen=True)
class RunOutcome:
    """How one run ended.

    Attributes
    ----------
    state
        ``done``; ``present`` where products of the same lineage were there; ``failed``.
    live_time
        The live-time table as plain rows.
    """

    run: str
    detector: str
    state: str
    folder: Path
    counts: dict[str, Any] = field(default_factory=dict)
    live_time: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    fault: HelioscopeError | None = None

    @property
    def exit_code(self) -> ExitCode:
        """The exit code that this outcome asks for."""
        if self.fault:
            return self.fault.exit_code
        return ExitCode.DONE_WITH_SKIPS if self.skipped else ExitCode.DONE


def run_all(workspace: Workspace, replace_other: bool = False) -> Iterator[RunOutcome]:
    """Process the science runs of a job in order.

    Parameters
    ----------
    replace_other
        Make products again where they are of another lineage.

    A bad file or setting fails its run and the others go on; a plugin that breaks its promise
    ends the runs of its detector; a fault of the output ends the job.
    """
    broken: dict[str, HelioscopeError] = {}
    for planned in workspace.plan.science:
        name = planned.detector.name
        if name in broken:
            yield _failed(workspace, planned, broken[name])
            continue
        try:
            yield run_one(workspace, planned, replace_other)
        except OutputError:
            raise
        except HelioscopeError as error:
            if isinstance(error, PluginError):
                broken[name] = error
            yield _failed(workspace, planned, error)


def run_one(workspace: Workspace, planned: PlannedRun, replace_other: bool = False) -> RunOutcome:
    """Take one run from its raw files to its products.

    Raises
    ------
    HelioscopeError
        Whatever goes wrong; then nothing stands at the products' place.
    """
    folder = workspace.folder(planned)
    setup, judge_setup = _setups(workspace, planned)
    with ThreadPoolExecutor(1) as hashing:
        files = hashing.submit(workspace.catalog.examined, planned.files)
        if folder.exists():
            lineages = _lineages(workspace, planned, setup, judge_setup, files.result())
            if not replace_other or same_lineage(folder, lineages):
                return _already_there(planned, folder, lineages)
        raw = workspace.raw(planned)
        counts = Counts(planned.detector.detector)
        live = LiveTime(workspace.tagging)
        started = time.time()
        with ProductFolder(folder, planned.detector.detector.observables) as products:
            for chunk in _chunks(workspace, planned, raw, setup, judge_setup):
                products.write(chunk)
                counts.add(chunk)
                live.add(*_columns(chunk.events, "time_ns", "covered_ns", "dead_s"))
            table = live.rows(planned.run.name, planned.detector.name, _run_span(planned))
            workspace.catalog.register_run(_run_row(planned, counts, files.result()))
            lineages = _lineages(workspace, planned, setup, judge_setup, files.result())
            record = {
                "state": "suspect" if _warnings(planned, counts) else "ok",
                "warnings": _warnings(planned, counts),
                "inputs": [
                    {"file": str(row.path), "sha256": row.sha256, "bytes": row.size}
                    for row in files.result()
                ],
                "skipped": [vars(item) for item in raw.skipped],
                "counts": counts.as_dict(),
                "live_time": ak.to_list(table),
                "timing": _timing(started, counts),
            }
            products.finish(table, lineages, record)
    products.register(workspace.catalog, planned)
    return RunOutcome(
        run=planned.run.name,
        detector=planned.detector.name,
        state="done",
        folder=folder,
        counts=counts.as_dict(),
        live_time=ak.to_list(table),
        skipped=[vars(item) for item in raw.skipped],
        warnings=_warnings(planned, counts),
    )


def _chunks(
    workspace: Workspace, planned: PlannedRun, raw: RawRun, setup: Setup, judge_setup: Setup
) -> Iterator[loop.Chunk]:
    detector, discriminator = planned.detector.detector, planned.detector.discriminator
    judgement = loop.Judgement(
        run=planned.run.name,
        detector=planned.detector.name,
        quality_mask=loop.quality_mask(detector),
        discriminator=discriminator,
        discriminate=loop.discrimination(discriminator, judge_setup),
        tagging=workspace.tagging,
        sun_offset=workspace.sun_offset,
    )
    what = f"{planned.run.name} {planned.detector.name}"
    with shown(what, raw.count()) as progress:
        advance = silent if workspace.quiet else progress
        for chunk in loop.process(ahead(raw.batches()), detector, setup, judgement):
            yield chunk
            advance(chunk.read)


def _setups(workspace: Workspace, planned: PlannedRun) -> tuple[Setup, Setup]:
    """Find the calibrations of a run, before any data is reconstructed."""
    entry = planned.detector
    when = span(workspace, planned)
    catalog, tag = workspace.catalog, workspace.analysis_tag
    needs = entry.detector.calibrations(entry.config)
    found = calibration_store.fetch(catalog, entry.name, needs, when, tag)
    setup = Setup(entry.name, planned.run, entry.config, found, seed(planned))
    judging: dict[str, tuple[Calibration, ...]] = {}
    if entry.discriminator:
        needs = entry.discriminator.calibrations(entry.discriminator_config)
        judging = calibration_store.fetch(catalog, entry.name, needs, when, tag)
    return setup, Setup(entry.name, planned.run, entry.discriminator_config, judging, seed(planned))


def _lineages(
    workspace: Workspace,
    planned: PlannedRun,
    setup: Setup,
    judge_setup: Setup,
    files: tuple[FileRow, ...],
) -> dict[str, Lineage]:
    inputs = tuple(row.sha256 for row in files)
    observables = observables_lineage(planned, setup.calibrations, inputs)
    return {
        "observables": observables,
        "events": replace(observables, kind="events"),
        "candidates": candidates_lineage(
            planned, judge_setup.calibrations, workspace.tagging, observables
        ),
        "live_time": live_time_lineage(planned, workspace.tagging, observables),
    }


def _run_row(planned: PlannedRun, counts: Counts, files: tuple[FileRow, ...]) -> RunRow:
    warnings = _warnings(planned, counts)
    return RunRow(
        name=planned.run.name,
        detector=planned.detector.name,
        kind=planned.run.kind,
        start_ns=planned.run.start_ns,
        stop_ns=planned.run.stop_ns,
        files=files,
        state="suspect" if warnings else "ok",
        reason="; ".join(warnings),
        options=planned.source,
    )


def _already_there(planned: PlannedRun, folder: Path, lineages: dict[str, Lineage]) -> RunOutcome:
    record = present(folder, lineages)
    return RunOutcome(
        run=planned.run.name,
        detector=planned.detector.name,
        state="present",
        folder=folder,
        counts=record["counts"],
        live_time=record["live_time"],
        skipped=record["skipped"],
        warnings=record["warnings"],
    )


def _failed(workspace: Workspace, planned: PlannedRun, fault: HelioscopeError) -> RunOutcome:
    folder = workspace.folder(planned)
    return RunOutcome(planned.run.name, planned.detector.name, "failed", folder, fault=fault)


def _run_span(planned: PlannedRun) -> Intervals | None:
    """Give the span of a triggered detector's run; None for a framed one."""
    if planned.detector.detector.frame_s(planned.detector.config):
        return None
    start, stop = planned.run.start_ns, planned.run.stop_ns
    return Intervals.of([(start, stop)] if start is not None and stop is not None else [])


def _warnings(planned: PlannedRun, counts: Counts) -> list[str]:
    warnings = []
    expected, read = planned.expected_events, counts.steps["events_read"]
    if expected is not None and expected != read:
        warnings.append(f"{read} events were read, the run book says {expected}")
    duplicates = counts.steps["duplicates_rejected"]
    if duplicates:
        warnings.append(f"{duplicates} events came twice and were rejected")
    late = {bit: counts.event_quality[bit] for bit in ("time_backwards", "time_jump")}
    warnings += [f"{number} events with the bit {bit}" for bit, number in late.items() if number]
    return warnings


def _columns(batch: ak.Array, *names: str) -> Iterator[Any]:
    return (ak.to_numpy(batch[name]) for name in names)


def _timing(started: float, counts: Counts) -> dict[str, float]:
    elapsed_s = max(time.time() - started, 1e-9)
    return {
        "started_unix_s": started,
        "elapsed_s": elapsed_s,
        "events_per_s": counts.steps["events_read"] / elapsed_s,
    }
