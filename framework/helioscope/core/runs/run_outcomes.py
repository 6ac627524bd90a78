"""How runs ended."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helioscope.core.jobs.workspace import Workspace
from helioscope.errors import ExitCode, HelioscopeError
from helioscope.job.plan import PlannedRun


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


#: The outcomes of runs as they come; to be closed (`contextlib.closing`), whatever comes.
RunOutcomes = Generator[RunOutcome, None, None]


def outcome(planned: PlannedRun, state: str, folder: Path, record: Mapping[str, Any]) -> RunOutcome:
    """Give the outcome of a run whose products are there, as its record tells it."""
    return RunOutcome(
        run=planned.run.name,
        detector=planned.detector.name,
        state=state,
        folder=folder,
        **{key: record[key] for key in ("counts", "live_time", "skipped", "warnings")},
    )


def failed(workspace: Workspace, planned: PlannedRun, fault: HelioscopeError) -> RunOutcome:
    """Give the outcome of a run that failed."""
    folder = workspace.folder(planned)
    return RunOutcome(planned.run.name, planned.detector.name, "failed", folder, fault=fault)
