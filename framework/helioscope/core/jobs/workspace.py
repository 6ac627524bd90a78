"""Where a job works: its plan, its output folder, its catalogue, its tags of time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from helioscope.catalog.calibration_sets import CalibrationSet
from helioscope.catalog.rows import CalibrationRow
from helioscope.catalog.store import Catalog
from helioscope.core.events.judging import SunOffset
from helioscope.core.events.raw import RawRun
from helioscope.core.events.tagging import Tagging
from helioscope.errors import InputError
from helioscope.files import Snapshot, first_bytes, snapshot
from helioscope.job.plan import Plan, PlannedRun
from helioscope.model.schema import Schema
from helioscope.plugin import Calibration, Source

#: Of a raw file, which tell it from others of its size: a header with its date, or first events.
_HEAD_BYTES = 4096


@dataclass
class UntimedRuns:
    """Remembers of runs that the book gives no span what was looked up once.

    Attributes
    ----------
    archived
        The files of the events of each, by (detector, run), as the catalogue knew them, the best
        first; None before it was asked.
    covered
        The span that the events of a file cover.
    """

    archived: dict[tuple[str, str], list[Path]] | None = None
    covered: dict[tuple[Path, Snapshot], tuple[int, int] | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Workspace:
    """What every run of a job shares.

    Attributes
    ----------
    out
        Folder below which all products go.
    pointing
        What the record says of the pointing logs; empty without one.
    analysis_tag
        Which set of calibrations holds; None for the newest.
    skip_bad
        List bad files and go on, instead of failing their run.
    quiet
        Show no progress.
    job
        The job file.
    frozen
        The calibrations to choose from; None to ask the catalogue each time, while some are
        still being made.
    loaded
        Calibrations that were read for the last runs.
    untimed
        What was found out about runs that the book gives no span.
    """

    plan: Plan
    out: Path
    catalog: Catalog
    sources: Mapping[str, Source]
    tagging: Tagging
    sun_offset: SunOffset | None = None
    pointing: Mapping[str, Any] = field(default_factory=dict)
    analysis_tag: str | None = None
    skip_bad: bool = False
    quiet: bool = False
    job: Path | None = None
    frozen: CalibrationSet | None = None
    loaded: dict[CalibrationRow, Calibration] = field(default_factory=dict)
    untimed: UntimedRuns = field(default_factory=UntimedRuns)

    @property
    def calibrations(self) -> CalibrationSet:
        """The calibrations to choose from."""
        return self.frozen or self.catalog.calibration_set(self.analysis_tag)

    def raw(self, planned: PlannedRun, schema: Schema | None = None) -> RawRun:
        """Give the raw side of a run; ``schema`` where it is not the detector's own."""
        return RawRun(planned, self.sources, self.plan.max_batch_bytes, self.skip_bad, schema)

    def folder(self, planned: PlannedRun) -> Path:
        """Say where the products of a run go."""
        return self.out / planned.run.name / planned.detector.name


def span(
    workspace: Workspace, planned: PlannedRun, schema: Schema | None = None
) -> tuple[int | None, int | None]:
    """Give the half-open span by which calibrations are chosen.

    What the run book leaves out is taken from the first event; a run without any event and
    without a start asks for calibrations that hold at every time.
    """
    start, stop = planned.run.start_ns, planned.run.stop_ns
    if start is None:
        start = first_time_ns(workspace.raw(planned, schema))
    if stop is None and start is not None:
        stop = start + 1
    return start, stop


def first_time_ns(raw: RawRun) -> int | None:
    """Read the time of the first event of a run; None where there is none to be had."""
    try:
        for batch in raw.batches():
            if len(batch) and "time_ns" in batch.fields:
                return int(np.asarray(batch["time_ns"])[0])
    except InputError:
        return None  # the run itself will say what is wrong with the file
    return None


def seed(planned: PlannedRun) -> int:
    """Give the seed of a run. It follows from its lineage: from the detector and the raw files.

    These are told by their sizes and by how the first begins: a run does not wait for the digests
    of its files, which are taken while it is read.

    Raises
    ------
    InputError
        Where a file is not there.
    """
    sha = hashlib.sha256(planned.detector.detector.name.encode())
    for path in planned.files:
        sha.update(f" {snapshot(path).size}".encode())
    for path in planned.files[:1]:
        sha.update(first_bytes(path, _HEAD_BYTES))
    return int.from_bytes(sha.digest()[:4], "big")
