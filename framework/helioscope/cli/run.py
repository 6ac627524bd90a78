"""``helioscope run``: a job from raw files to candidates."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.job_options import job_options
from helioscope.cli.output import fault_message, json_option, message, print_json, print_table
from helioscope.cli.workers import prepare_workers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helioscope.core.jobs.calls import Failures
    from helioscope.core.jobs.opening import JobRequest
    from helioscope.core.jobs.workspace import Workspace
    from helioscope.core.runs.run_outcomes import RunOutcome, RunOutcomes
    from helioscope.errors import HelioscopeError


@click.command("run")
@job_options
@click.option("--dry-run", is_flag=True, help="Show the plan and do nothing.")
@click.option(
    "--replace", is_flag=True, help="Make products again that were made otherwise or are damaged."
)
@click.option("--workers", type=click.IntRange(min=1), default=1, help="Local processes.")
@json_option
def command(request: JobRequest, dry_run: bool, replace: bool, workers: int, as_json: bool) -> int:
    """Reconstruct the runs of a job: calibrate, discriminate, tag, write.

    Calibration runs of the same job come first. Products that are there already, of the same
    lineage, are left as they are.
    """
    if not dry_run:
        prepare_workers(workers)
    from helioscope import registry
    from helioscope.core.jobs.opening import opened

    with opened(request, registry.load()) as workspace:
        if dry_run:
            _show_plan(workspace, as_json)
            return 0
        uncalibrated: dict[str, HelioscopeError] = {}
        runs = _runs(workspace, request, workers, replace, uncalibrated)
        return _run(workspace, runs, uncalibrated, as_json)


def _runs(
    workspace: Workspace,
    request: JobRequest,
    workers: int,
    replace: bool,
    uncalibrated: Mapping[str, HelioscopeError],
) -> RunOutcomes:
    from helioscope.core.runs.running import run_all

    if workers == 1:
        return run_all(workspace, replace, uncalibrated)
    from helioscope.core.runs.parallel_running import run_in_processes

    return run_in_processes(workspace, request, workers, replace, uncalibrated)


def _run(
    workspace: Workspace,
    runs: RunOutcomes,
    uncalibrated: dict[str, HelioscopeError],
    as_json: bool,
) -> int:
    """Calibrate, then work through the runs, which begin only then."""
    from helioscope.core.jobs.calls import recorded

    for note in workspace.pointing.get("notes", ()):
        message(f"pointing: {note}")
    with recorded(workspace, "run") as failures, closing(runs):
        _calibrate(workspace, uncalibrated)
        for detector, fault in uncalibrated.items():
            failures.add("", detector, fault)
        outcomes = _worked_through(workspace, runs, uncalibrated, failures)
    order = {(p.run.name, p.detector.name): n for n, p in enumerate(workspace.plan.science)}
    outcomes.sort(key=lambda outcome: order[outcome.run, outcome.detector])
    if as_json:
        print_json([as_dict(outcome) for outcome in outcomes])
    elif outcomes or not uncalibrated:
        print_table(
            "", ("run", "detector", "state", "tag", "reason", "live_s", "accepted"), _rows(outcomes)
        )
    first = [int(fault.exit_code) for fault in uncalibrated.values()]
    return first[0] if first else exit_code(outcomes)


def _worked_through(
    workspace: Workspace,
    runs: RunOutcomes,
    uncalibrated: Mapping[str, HelioscopeError],
    failures: Failures,
) -> list[RunOutcome]:
    """Say of each run how it ended; the fault of a calibration has been told already."""
    total = len(workspace.plan.science)
    outcomes = []
    for number, outcome in enumerate(runs, start=1):
        outcomes.append(outcome)
        failures.skipped |= bool(outcome.skipped)
        if outcome.fault:
            failures.add(outcome.run, outcome.detector, outcome.fault)
        if not outcome.fault or outcome.fault is not uncalibrated.get(outcome.detector):
            tell(outcome)
        if not workspace.quiet:
            message(f"{number}/{total} run {outcome.run}, {outcome.detector}: {outcome.state}")
    return outcomes


def _calibrate(workspace: Workspace, faults: dict[str, HelioscopeError]) -> None:
    from helioscope.core.calibrations.calibrating import calibrate_each

    there = 0
    for outcome in calibrate_each(workspace, faults):
        row = outcome.row
        there += not outcome.made
        if outcome.made:
            message(f"calibrated: {row.name} of {row.detector}, v{row.version}")
            if outcome.why:
                message(f"  made anew: {'; '.join(outcome.why)}")
    if there:
        message(f"calibrations there already: {there}")
    for detector, fault in faults.items():
        fault_message(fault, f"calibrating {detector} failed: ")


def exit_code(outcomes: list[RunOutcome]) -> int:
    """Give the exit code of a job: that of its first fault, else whether anything was skipped."""
    faults = [outcome.fault.exit_code for outcome in outcomes if outcome.fault]
    return int(faults[0]) if faults else max((int(o.exit_code) for o in outcomes), default=0)


def as_dict(outcome: RunOutcome) -> dict[str, Any]:
    """Give an outcome as plain values."""
    return {
        "run": outcome.run,
        "detector": outcome.detector,
        "state": outcome.state,
        "folder": str(outcome.folder),
        "counts": outcome.counts,
        "live_time": outcome.live_time,
        "skipped": outcome.skipped,
        "warnings": outcome.warnings,
        "fault": outcome.fault.as_dict() if outcome.fault else None,
    }


def tell(outcome: RunOutcome) -> None:
    """Say what was strange about a run, what was skipped, and why it failed."""
    where = f"run {outcome.run}, {outcome.detector}"
    for warning in outcome.warnings:
        message(f"{where}: {warning}")
    for skipped in outcome.skipped:
        message(f"{where}: skipped {skipped['file']}: {skipped['fault']['found']}")
    if outcome.fault:
        fault_message(outcome.fault, f"{where} failed: ")


def _rows(outcomes: list[RunOutcome]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for outcome in outcomes:
        if outcome.fault:
            rows.append((outcome.run, outcome.detector, "failed", "", "", 0.0, 0))
        for live in outcome.live_time:
            accepted = outcome.counts["accepted_by_tag"].get(live["tag"], 0)
            shown = (live["tag"], live["reason"], live["live_s"], accepted)
            rows.append((outcome.run, outcome.detector, outcome.state, *shown))
    return rows


def _show_plan(workspace: Workspace, as_json: bool) -> None:
    from helioscope.core.runs.dry_run import plan_rows

    rows = plan_rows(workspace)
    if as_json:
        print_json(rows)
    else:
        names = ("run", "detector", "kind", "files", "events", "does", "why")
        print_table(f"job {workspace.plan.name}", names, [[r[n] for n in names] for r in rows])
