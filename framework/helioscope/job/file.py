"""The job file: which detectors, which runs, which intervals."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, field_validator, model_validator

from helioscope.job.reading import validated
from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.model.toml_files import read_toml
from helioscope.plugin import Settings

Tag = Literal["background", "tracking", "excluded"]


def _holds(moment: AwareDatetime) -> AwareDatetime:
    time_ns(moment)
    return moment


#: A date whose nanoseconds fit in 64 bits.
Moment = Annotated[AwareDatetime, AfterValidator(_holds)]


class JobHeader(Settings):
    """The table ``[job]``.

    Attributes
    ----------
    name
        Name of the job, for the record.
    untagged
        The tag of time that no interval covers.
    max_batch_mib
        Memory that one raw batch may take; more ends the job before it is taken.
    piece_mib
        Raw data after which the work on a run is kept, to go on from there.
    """

    name: str
    untagged: Tag = "background"
    max_batch_mib: int = Field(default=256, gt=0, le=65536)
    piece_mib: float = Field(default=128.0, gt=0, le=2**20)


class DetectorEntry(Settings):
    """A table ``[detectors.NAME]``.

    Attributes
    ----------
    plugin
        The registered detector; the table's own name where it is left out.
    settings, discriminator_settings
        Checked against the plugin's own settings classes.
    calibrators
        Settings of calibrators by name; those not named take their defaults.
    calibration_per_run
        Make a calibration of every calibration run by itself, each valid until the next.
    """

    plugin: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    discriminator: str | None = None
    discriminator_settings: dict[str, Any] = Field(default_factory=dict)
    calibrators: dict[str, dict[str, Any]] = Field(default_factory=dict)
    calibration_per_run: bool = False


class RunEntry(Settings):
    """A table ``[[runs]]``.

    Attributes
    ----------
    files
        Patterns below the data folder; ``**`` goes through folders. The order of the files is
        the order of the patterns and, within one, of the names.
    start, stop
        What the run book says; the events' own times where it is left out.
    events
        Number of events in the run book; a file that holds another number is suspect.
    source
        Options of the source: its ``format``, branch maps, header keys.
    reconstruct
        Reconstruct a calibration run like a science run.
    """

    name: str
    detector: str
    files: tuple[str, ...] = Field(min_length=1)
    kind: str = "science"
    start: Moment | None = None
    stop: Moment | None = None
    events: int | None = Field(default=None, ge=0)
    source: dict[str, Any] = Field(default_factory=dict)
    reconstruct: bool = False

    @model_validator(mode="after")
    def _runs_forward(self) -> RunEntry:
        if self.start and self.stop and self.stop < self.start:
            raise ValueError("stop is before start")
        return self


class IntervalEntry(Settings):
    """A table ``[[intervals]]``: a stretch of time and its tag."""

    start: Moment
    stop: Moment
    tag: Tag
    reason: str = ""

    @model_validator(mode="after")
    def _runs_forward(self) -> IntervalEntry:
        if self.stop < self.start:
            raise ValueError("stop is before start")
        return self


class PointingEntry(Settings):
    """The table ``[pointing]``: logs of the magnet from which the tags are made."""

    files: tuple[str, ...] = Field(min_length=1)
    settings: dict[str, Any] = Field(default_factory=dict)


class JobFile(Settings):
    """A whole job file."""

    job: JobHeader
    detectors: dict[str, DetectorEntry] = Field(min_length=1)
    runs: tuple[RunEntry, ...] = Field(min_length=1)
    intervals: tuple[IntervalEntry, ...] = ()
    pointing: PointingEntry | None = None

    @field_validator("runs")
    @classmethod
    def _names_differ(cls, runs: tuple[RunEntry, ...]) -> tuple[RunEntry, ...]:
        keys = Counter((run.name, run.detector) for run in runs)
        twice = sorted(f"{name} ({detector})" for (name, detector), n in keys.items() if n > 1)
        if twice:
            raise ValueError(f"runs named twice: {', '.join(twice)}")
        return runs


def read_job(path: Path) -> tuple[JobFile, str]:
    """Read and check a job file; give it with its text, for the lines of later faults.

    Raises
    ------
    UsageError
        Listing every fault with its line.
    """
    values, text = read_toml(path)
    return validated(JobFile, values, where=str(path), text=text), text


def time_ns(moment: AwareDatetime | None) -> int | None:
    """Give a job file's date as integer nanoseconds; None stays None."""
    if moment is None:
        return None
    whole = parse_iso(moment.replace(microsecond=0).isoformat())
    return whole + moment.microsecond * (NS_PER_S // 1_000_000)
