"""A simulated campaign: simulate its runs, then calibrate and run them as any job."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak

from helioscope.core.calibrations import stored_calibrations
from helioscope.core.calibrations.calibrating import calibrate_all
from helioscope.core.campaigns.job_tables import Intervals, job_tables
from helioscope.core.campaigns.single_run import single_run
from helioscope.core.events.border import guarded
from helioscope.core.jobs.opening import JobRequest, opened
from helioscope.core.jobs.workspace import Workspace, seed, span
from helioscope.core.progress import note
from helioscope.core.runs.run_outcomes import RunOutcome
from helioscope.core.runs.running import run_all
from helioscope.errors import UsageError, nearest
from helioscope.io.parquet import read_plain, read_product
from helioscope.io.run_records import RECORD
from helioscope.job.plan import PlannedRun
from helioscope.job.writing import write_toml
from helioscope.model.schema import Schema
from helioscope.plugin import (
    Campaign,
    CampaignOutcome,
    CampaignResult,
    RunResult,
    Setup,
    Simulated,
    Simulator,
)
from helioscope.registry import Registry

JOB = "job.toml"


@dataclass(frozen=True)
class Simulation:
    """The simulated runs of a campaign and the job that works on them."""

    campaign: Campaign
    runs: Mapping[str, Simulated]
    job: Path
    truth: Schema


def simulate(
    campaign: Campaign,
    registry: Registry,
    folder: Path,
    start_ns: int,
    intervals: Intervals = (),
    pointing: Mapping[str, Any] | None = None,
    job: Path | None = None,
) -> Simulation:
    """Simulate every run of a campaign and write the job file for them.

    Parameters
    ----------
    start_ns
        POSIX start of the campaign.
    intervals
        (start_ns, stop_ns, tag, reason); those with the tag ``tracking`` carry the signal.
    pointing
        The job's ``[pointing]`` table; it then takes the place of the intervals.
    job
        The job file to write, in the folder or above it: the job's paths are counted from there.
        ``job.toml`` in the folder where None.
    """
    simulator = registry.find(Simulator, campaign.simulator)
    tracking = tuple((start, stop) for start, stop, tag, _ in intervals if tag == "tracking")
    runs: dict[str, Simulated] = {}
    for planned in campaign.runs(start_ns, tracking):
        number = int.from_bytes(hashlib.sha256(planned.run.name.encode()).digest()[:4], "big")
        runs[planned.run.name] = single_run(
            simulator, campaign.detector_config, planned.config, planned.run, folder / "raw",
            number, replaced=True, tracking=tracking,
        )  # fmt: skip
    job = job or folder / JOB
    write_toml(job, job_tables(campaign, runs, job.parent, intervals, pointing))
    return Simulation(campaign, runs, job, simulator.truth)


def carry_out(
    simulation: Simulation,
    registry: Registry,
    out: Path,
    tell: Callable[[str], None] = note,
) -> tuple[CampaignResult, CampaignOutcome]:
    """Calibrate and run a simulated campaign, and let its plugin look at what came out.

    Parameters
    ----------
    tell
        Called with a line of text after each step.

    Raises
    ------
    HelioscopeError
        Where a calibration or a run fails.
    """
    with opened(JobRequest(simulation.job, None, out, quiet=True), registry) as workspace:
        for made in calibrate_all(workspace):
            tell(f"calibrated {made.row.name}")
        outcomes = []
        for outcome in run_all(workspace):
            if outcome.fault:
                raise outcome.fault
            outcomes.append(outcome)
            tell(f"reconstructed run {outcome.run}")
        result = _result(simulation, workspace, outcomes)
        campaign = simulation.campaign
        with guarded(f"campaign '{campaign.name}'", "outcome", seed=0):
            return result, campaign.outcome(result)


def _result(
    simulation: Simulation, workspace: Workspace, outcomes: Sequence[RunOutcome]
) -> CampaignResult:
    folders = {outcome.run: outcome.folder for outcome in outcomes}
    runs = {
        planned.run.name: _run_result(
            workspace,
            planned,
            simulation.runs[planned.run.name],
            folders.get(planned.run.name),
            simulation.truth,
        )
        for planned in workspace.plan.runs
    }
    rows = workspace.catalog.live_calibrations(None, simulation.campaign.detector)
    names = dict.fromkeys(row.name for row in rows)
    calibrations = {
        name: tuple(stored_calibrations.load(row) for row in rows if row.name == name)
        for name in names
    }
    return CampaignResult(runs, calibrations, simulation.campaign.detector_config)


def _run_result(
    workspace: Workspace, planned: PlannedRun, made: Simulated, folder: Path | None, truth: Schema
) -> RunResult:
    entry = planned.detector
    calibrations = {}
    products: dict[str, ak.Array] = {}
    record: dict[str, Any] = {}
    if folder:
        needs = entry.detector.calibrations(entry.config)
        when = span(workspace, planned)
        calibrations = stored_calibrations.fetch(workspace.calibrations, entry.name, needs, when)
        kinds = ("observables", "candidates", "live_time")
        products = {kind: read_product(folder / f"{kind}.parquet") for kind in kinds}
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    return RunResult(
        run=planned.run,
        setup=Setup(entry.name, planned.run, entry.config, calibrations, seed(planned)),
        truth=read_plain(made.truth, truth),
        products=products,
        raw=_Batches(workspace, planned),
        record=record,
    )


@dataclass(frozen=True)
class _Batches:
    """A fresh pass over the raw batches of a run."""

    workspace: Workspace
    planned: PlannedRun

    def __call__(self) -> Iterator[ak.Array]:
        return self.workspace.raw(self.planned).batches()


def campaign_for(
    registry: Registry, detector: str, purpose: str, name: str | None = None
) -> Campaign:
    """Find the campaign of a detector for a purpose: the one of a name, else the first.

    Raises
    ------
    UsageError
        Where its plugin brings none.
    """
    known = {
        key: campaign
        for key, campaign in registry.for_detector(Campaign, detector).items()
        if campaign.purpose == purpose
    }
    if name is not None and name not in known:
        raise UsageError(
            where=f"campaign '{name}'",
            found=f"detector '{detector}' has no such {purpose} campaign",
            expected=nearest(name, list(known)),
        )
    for key, campaign in known.items():
        if name in (None, key):
            return campaign
    having = sorted({c.detector for c in registry.of(Campaign).values() if c.purpose == purpose})
    raise UsageError(
        where=f"detector '{detector}'",
        found=f"no installed plugin brings a {purpose} campaign for it",
        expected=f"one of {', '.join(having)}" if having else "a plugin that brings one",
        remedy="see 'helioscope plugins'",
    )
