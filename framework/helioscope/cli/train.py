"""``helioscope train``: discriminators from the calibration and background runs of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.job_options import job_options
from helioscope.cli.output import json_option, message, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helioscope.core.jobs.opening import JobRequest
    from helioscope.core.jobs.workspace import Workspace
    from helioscope.job.plan import Plan, PlannedCalibrator
    from helioscope.report.training_page import TrainedModel

#: Folder of the reports below the job's output.
REPORTS = "training"


@click.command("train")
@job_options
@json_option
def command(request: JobRequest, as_json: bool) -> None:
    """Train the discriminators for which a job has runs, and write a report about them.

    Calibrations that the training stands on are made first; those that are there already are
    kept. Where the job's science runs have been reconstructed, the report shows how far their
    observables are from the training data. With --json: one entry for each model.
    """
    from helioscope import registry
    from helioscope.core.jobs.calls import recorded
    from helioscope.core.jobs.opening import opened

    with opened(request, registry.load()) as workspace, recorded(workspace, "train"):
        models = _trained(workspace)
    if as_json:
        print_json([model.plain() for model in models])
    else:
        print_table("trained models", _COLUMNS, [_row(model) for model in models])


def _trained(workspace: Workspace) -> list[TrainedModel]:
    from helioscope.core.calibrations.calibrating import calibrate_all
    from helioscope.report.training_page import trained_model, write_report

    _refuse_untrainable(workspace.plan)
    models: dict[str, list[TrainedModel]] = {}
    for outcome in calibrate_all(workspace):
        row = outcome.row
        made = "made" if outcome.made else "there already"
        message(f"{row.name} of {row.detector}: v{row.version} {made}, valid {row.validity}")
        folder = workspace.out / REPORTS / row.detector
        model = trained_model(workspace, outcome, folder / f"{row.name}-v{row.version}")
        if model:
            models.setdefault(row.detector, []).append(model)
    for detector, of_detector in models.items():
        page, _ = write_report(workspace.out / REPORTS / detector, of_detector)
        message(f"report: {page}")
    return [model for of_detector in models.values() for model in of_detector]


def _refuse_untrainable(plan: Plan) -> None:
    """Refuse a job that trains nothing, before its other calibrations are made."""
    from helioscope.core.calibrations.calibrating import wanted
    from helioscope.discriminators.settings import TrainingSettings
    from helioscope.errors import UsageError

    def trainers(calibrators: Iterable[PlannedCalibrator]) -> list[PlannedCalibrator]:
        return [one for one in calibrators if isinstance(one.config, TrainingSettings)]

    if any(trainers(wanted(plan, entry)) for entry in plan.detectors.values()):
        return
    needs = [
        f"{one.calibrator.name}: {' and '.join(one.calibrator.run_kinds)}"
        for entry in plan.detectors.values()
        for one in trainers(entry.calibrators)
    ]
    kinds = sorted({run.run.kind for run in plan.calibration})
    raise UsageError(
        where="the job",
        found=f"nothing to train; calibration runs of the kinds {', '.join(kinds) or '(none)'}",
        expected="runs of every kind that one of these needs: "
        + ("; ".join(needs) or "(its detectors have no discriminator that is trained)"),
    )


_COLUMNS = (
    "detector",
    "model",
    "version",
    "X-ray efficiency",
    "background",
    "68 % interval",
    "rows",
)


def _row(model: TrainedModel) -> list[Any]:
    about = model.plain()
    accepted = about["metrics"]["background_accepted"]
    return [
        about["detector"],
        about["calibration"],
        about["version"],
        about["metrics"]["efficiency"],
        accepted["value"],
        f"{accepted['low']:.3g} to {accepted['high']:.3g}",
        accepted["total"],
    ]
