"""What a catalogue gives back: one frozen dataclass a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from helioscope.model.time import iso

State = Literal["ok", "suspect", "bad"]
STATES: tuple[State, ...] = ("ok", "suspect", "bad")


@dataclass(frozen=True)
class FileRow:
    """A raw file, with the digest that holds for this size and modification time."""

    path: Path
    size: int
    mtime_ns: int
    sha256: str
    state: State = "ok"
    reason: str = ""


@dataclass(frozen=True)
class RunRow:
    """A run of one detector and its raw files, in the order in which they are read.

    Attributes
    ----------
    start_ns, stop_ns
        The half-open span of the run; None where it is not known.
    options
        What the run's source needs to read it (the ``[source]`` table of a job).
    """

    name: str
    detector: str
    kind: str
    start_ns: int | None
    stop_ns: int | None
    files: tuple[FileRow, ...] = ()
    state: State = "ok"
    reason: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


#: Detector, kind and name of a run that has a file.
Owner = tuple[str, str, str]


@dataclass(frozen=True)
class NewCalibration:
    """A calibration that is to be registered; the catalogue gives it version and place.

    Attributes
    ----------
    start_ns, stop_ns
        Half-open validity; a start of None holds since ever, a stop of None until further.
    digest
        sha256 of what is stored; it is what enters the lineage of products.
    made_by
        The calibrator and its version, for people: ``ccd-gain 3 (helioscope 1.2.0)``.
    settings_hash
        sha256 of the canonical JSON of the calibrator's settings.
    inputs
        sha256 of the raw files of the calibration runs.
    """

    detector: str
    name: str
    start_ns: int | None
    stop_ns: int | None
    digest: str
    made_by: str
    settings_hash: str = ""
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class CalibrationRow:
    """A version of a calibration.

    Attributes
    ----------
    path
        Its folder, which never changes once the row is there.
    supersedes
        The version whose validity this one replaces by an explicit step; None otherwise.
    reason
        Why that step was taken.
    """

    detector: str
    name: str
    version: int
    start_ns: int | None
    stop_ns: int | None
    digest: str
    path: Path
    made_by: str
    settings_hash: str
    inputs: tuple[str, ...]
    created_ns: int
    supersedes: int | None = None
    reason: str = ""

    @property
    def validity(self) -> str:
        """The interval of validity in words: ``[2004-05-01T00:00:00Z, open)``."""
        return span(self.start_ns, self.stop_ns)


@dataclass(frozen=True)
class ProductRow:
    """A product: one file that one lineage made.

    Attributes
    ----------
    lineage
        Digest of its lineage; `Catalog.lineage` gives the lineage itself.
    tag
        The analysis tag under which it was made; empty for plain runs.
    """

    lineage: str
    kind: str
    run: str
    detector: str
    path: Path
    digest: str
    rows: int
    schema_version: int
    created_ns: int
    tag: str = ""


@dataclass(frozen=True)
class Failure:
    """A run of a job that failed, with the fault as `HelioscopeError.as_dict` gives it."""

    run: str
    detector: str
    fault: Mapping[str, Any]


JobState = Literal["running", "done", "done with skips", "failed", "interrupted"]


@dataclass(frozen=True)
class JobRow:
    """One call of ``run``, ``calibrate`` or ``reprocess``; ``finished_ns`` is None until its end.

    A job that was killed stays ``running``; ``host`` and ``pid`` say where it was.

    Attributes
    ----------
    job_file
        A copy of the job file, below the root; None where the command had none.
    data_folder
        The folder that the job's paths are relative to.
    """

    id: int
    command: str
    tag: str
    host: str
    pid: int
    started_ns: int
    finished_ns: int | None
    state: JobState
    job_file: Path | None = None
    data_folder: Path | None = None
    failures: tuple[Failure, ...] = ()


def span(start_ns: int | None, stop_ns: int | None) -> str:
    """Write a half-open interval; ``ever`` and ``open`` stand for ends that are not there."""
    first = "ever" if start_ns is None else iso(start_ns)
    last = "open" if stop_ns is None else iso(stop_ns)
    return f"[{first}, {last})"
