"""``helioscope calibrate``: calibrations from the calibration runs of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.job_options import job_options
from helioscope.cli.output import fault_message, json_option, message, print_json, print_table

if TYPE_CHECKING:
    from helioscope.core.calibrations.calibrating import CalibrationOutcome
    from helioscope.core.jobs.opening import JobRequest
    from helioscope.errors import HelioscopeError


@click.command("calibrate")
@job_options
@json_option
def command(request: JobRequest, as_json: bool) -> int:
    """Make the calibrations for which a job has runs, and enter them in the catalogue.

    With --json: a list with one entry for each node, line or strip of each calibration.
    """
    from helioscope import registry
    from helioscope.core.calibrations.calibrating import calibrate_each
    from helioscope.core.jobs.calls import recorded
    from helioscope.core.jobs.opening import opened

    outcomes: list[CalibrationOutcome] = []
    faults: dict[str, HelioscopeError] = {}
    opening = opened(request, registry.load())
    with opening as workspace, recorded(workspace, "calibrate") as failures:
        for outcome in calibrate_each(workspace, faults):
            outcomes.append(outcome)
            _tell(outcome)
        for detector, fault in faults.items():
            failures.add("", detector, fault)
    if not outcomes and not faults:
        message("no calibrator of the job's detectors takes any of its runs")
    elif outcomes and not any(outcome.made for outcome in outcomes):
        message(f"nothing to make: {len(outcomes)} calibrations are there already")
    if as_json:
        print_json([row for outcome in outcomes for row in rows(outcome)])
    else:
        for outcome in outcomes:
            _show(outcome)
    for detector, fault in faults.items():
        fault_message(fault, f"calibrating {detector} failed: ")
    return next((int(fault.exit_code) for fault in faults.values()), 0)


def rows(outcome: CalibrationOutcome) -> list[dict[str, Any]]:
    """Give the summary of a calibration, each row with the calibration that it belongs to."""
    about = {
        "detector": outcome.row.detector,
        "calibration": outcome.row.name,
        "version": outcome.row.version,
    }
    return [about | row for row in outcome.summary]


def _tell(outcome: CalibrationOutcome) -> None:
    row = outcome.row
    made = "made" if outcome.made else "there already"
    message(f"{row.name} of {row.detector}: v{row.version} {made}, valid {row.validity}")
    if outcome.why:
        message(f"  made anew: {'; '.join(outcome.why)}")
    for figure in outcome.figures:
        message(f"  picture: {figure}")


def _show(outcome: CalibrationOutcome) -> None:
    summary = outcome.summary
    names = list(dict.fromkeys(name for row in summary for name in row))
    shown = [[row.get(name, "") for name in names] for row in summary[:40]]
    print_table(f"{outcome.row.name} of {outcome.row.detector}", names, shown)
    if len(summary) > len(shown):
        message(f"  and {len(summary) - len(shown)} more rows; --json prints them all")
