"""What a plugin gives: detectors, discriminators, calibrators, simulators, sources, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.model.quality import COMMON, QualityBit
from helioscope.model.schema import Schema
from helioscope.model.settings import Settings as Settings


@dataclass(frozen=True)
class Run:
    """One stretch of data taking of one detector."""

    name: str
    kind: str
    start_ns: int | None = None
    stop_ns: int | None = None


@dataclass(frozen=True)
class Calibration:
    """A calibration that holds for a run.

    Attributes
    ----------
    table
        Record array, one record a row, in the schema of the calibrator that made it.
    version
        Number that the catalogue gave it.
    digest
        sha256 of the stored file.
    start_ns, stop_ns
        The half-open interval of validity.
    attachments
        Further files of the calibration by name (a trained model's archive), as bytes.
    metadata
        Plain values that the calibrator wrote beside the table.
    """

    name: str
    table: ak.Array
    version: int = 1
    digest: str = ""
    start_ns: int | None = None
    stop_ns: int | None = None
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Setup:
    """All that a plugin is told before a run; it can grow without breaking one.

    Attributes
    ----------
    config
        The frozen settings, of the class that the plugin names.
    calibrations
        Those valid for the run, in order of their start, by calibration name. A calibration
        with ``interpolated=True`` in its requirement comes with its neighbours in time;
        every other name has exactly one entry.
    seed
        For anything random; the same for the same run and chunk.
    """

    detector: str
    run: Run
    config: Any
    calibrations: Mapping[str, tuple[Calibration, ...]] = field(default_factory=dict)
    seed: int = 0

    def calibration(self, name: str) -> Calibration:
        """Give the one calibration of this name."""
        (only,) = self.calibrations[name]
        return only


class Reconstructed(NamedTuple):
    """What a reconstruction gives for one raw batch.

    Attributes
    ----------
    observables
        Record array in the detector's observables schema, rows in the order of their events.
    dead_s
        float64 per raw event: seconds of live time that this event costs (read-out, vetoed
        area times integration, dead time of the trigger). None where it costs nothing.
    event_quality
        uint32 per raw event; counted in the record even where the event left no row.
    """

    observables: ak.Array
    dead_s: NDArray[np.float64] | None = None
    event_quality: NDArray[np.uint32] | None = None


Reconstruct = Callable[[ak.Array], Reconstructed]
#: Takes observables; gives a record array with ``score`` and ``accepted`` for each row.
Discriminate = Callable[[ak.Array], ak.Array]


@dataclass(frozen=True)
class Requirement:
    """A calibration that a plugin needs for a run."""

    name: str
    interpolated: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Detector:
    """A detector: its schemas and its reconstruction.

    Attributes
    ----------
    raw
        Schema of a raw batch for given settings; with the default settings it is what
        ``helioscope schema`` prints.
    reconstruction
        Called once a run; gives the function from raw batch to observables.
    frame_s
        For a detector read out in frames, the seconds that one raw event covers; None for
        a triggered detector, whose exposure is the run's span.
    batch_events
        Raw events to a batch for given settings.
    """

    name: str
    version: int
    config: type[Settings]
    raw: Callable[[Any], Schema]
    observables: Schema
    reconstruction: Callable[[Setup], Reconstruct]
    calibrations: Callable[[Any], tuple[Requirement, ...]] = lambda _config: ()
    quality: tuple[QualityBit, ...] = ()
    frame_s: Callable[[Any], float | None] = lambda _config: None
    batch_events: Callable[[Any], int] = lambda _config: 4096
    description: str = ""

    @property
    def quality_bits(self) -> tuple[QualityBit, ...]:
        """The framework's bits and the detector's own."""
        return COMMON + self.quality


@dataclass(frozen=True)
class Discriminator:
    """A rule that says which rows of a detector's observables are X-rays."""

    name: str
    detector: str
    version: int
    config: type[Settings]
    discrimination: Callable[[Setup], Discriminate]
    calibrations: Callable[[Any], tuple[Requirement, ...]] = lambda _config: ()
    description: str = ""


class Calibrated(NamedTuple):
    """What a calibrator makes.

    Attributes
    ----------
    table
        Record array in the calibrator's schema.
    summary
        Plain values for people and for ``--json``; a list of one dict a node, line or strip.
    figures
        Pictures by file name (``fe55_spectrum.svg``), as bytes.
    attachments, metadata
        Stored with the calibration and handed back with it.
    """

    table: ak.Array
    summary: list[dict[str, Any]]
    figures: Mapping[str, bytes] = {}
    attachments: Mapping[str, bytes] = {}
    metadata: Mapping[str, Any] = {}


@dataclass(frozen=True)
class CalibrationInput:
    """One calibration run as a calibrator gets it.

    Attributes
    ----------
    setup
        The run's setup, with ``setup.config`` the *detector's* settings.
    batches
        Call it for a fresh pass over the run, batch by batch, of the product that the
        calibrator works on. It may be called more than once.
    """

    setup: Setup
    batches: Callable[[], Iterator[ak.Array]]


@dataclass(frozen=True)
class Calibrator:
    """Makes one calibration from calibration runs.

    Attributes
    ----------
    name
        Also the name of the calibration that it makes.
    run_kinds
        Which kinds of run it takes (``dark``, ``fe55``); for a classifier several. It is made
        where a job has all of them.
    optional_kinds
        Kinds of run that it takes besides where the job has them.
    product
        What it works on. ``observables`` are made with the calibrations that the detector
        needs, less those that this calibrator itself makes.
    calibration
        Gets the calibrator's settings and the runs by kind.
    input
        Schema of its runs' batches where they are not raw events of the detector (a read-out
        map); the source gets it as the request's schema. Only with ``product="raw"``.
    """

    name: str
    detector: str
    version: int
    config: type[Settings]
    run_kinds: tuple[str, ...]
    product: Literal["raw", "observables"]
    table: Schema
    calibration: Callable[[Any, Mapping[str, list[CalibrationInput]]], Calibrated]
    calibrations: Callable[[Any], tuple[Requirement, ...]] = lambda _config: ()
    description: str = ""
    input: Schema | None = None
    optional_kinds: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds of run that it takes."""
        return (*self.run_kinds, *self.optional_kinds)


@dataclass(frozen=True)
class SimulatedRun:
    """What to simulate: one run into one folder.

    Attributes
    ----------
    tracking
        Half-open intervals [start_ns, stop_ns) in which the magnet pointed at the Sun; a
        solar signal belongs in them and nowhere else.
    """

    run: Run
    detector_config: Any
    config: Any
    folder: Path
    seed: int
    tracking: tuple[tuple[int, int], ...] = ()


class Simulated(NamedTuple):
    """The files that a simulation wrote: raw data, and the truth as Parquet beside.

    ``source`` is what a job has to say to read the raw files (branch map, header keys).
    """

    files: tuple[Path, ...]
    truth: Path
    run: Run
    source: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Simulator:
    """Writes raw events in the detector's native format, with their truth."""

    name: str
    detector: str
    version: int
    config: type[Settings]
    truth: Schema
    simulation: Callable[[SimulatedRun], Simulated]
    description: str = ""


@dataclass(frozen=True)
class SourceRequest:
    """What a source is asked to read.

    Attributes
    ----------
    schema
        The raw schema that its batches must keep.
    options
        The job's ``[source]`` table for this run: branch maps, header keys.
    batch_events
        Events to a batch at the most.
    max_bytes
        Memory that one batch may take; more ends in LimitError before it is taken.
    first_event_id
        Number of the first event where the file does not number its own.
    """

    path: Path
    schema: Schema
    options: Mapping[str, Any]
    batch_events: int
    max_bytes: int
    first_event_id: int = 0


@dataclass(frozen=True)
class Source:
    """A raw file format.

    Attributes
    ----------
    recognises
        Says by a look at the content, not at the name, whether a file is of this format.
    read
        Yields raw batches in the requested schema, in the order of the file.
    count
        Gives the number of events where the file tells it without a full pass, else None;
        for progress and for the check against the run record.
    """

    name: str
    recognises: Callable[[Path], bool]
    read: Callable[[SourceRequest], Iterator[ak.Array]]
    count: Callable[[SourceRequest], int | None] = lambda _request: None
    description: str = ""


@dataclass(frozen=True)
class CampaignRun:
    """One simulated run of a campaign; ``config`` is the simulator's settings for it."""

    run: Run
    config: Any


@dataclass(frozen=True)
class RunResult:
    """What came of one run of a campaign, beside its truth (record arrays, read whole).

    ``products`` holds ``observables``, ``candidates`` and ``live_time`` of science runs and is
    empty for calibration runs. ``raw`` gives a fresh pass over the raw batches.
    """

    run: Run
    setup: Setup
    truth: ak.Array
    products: Mapping[str, ak.Array]
    raw: Callable[[], Iterator[ak.Array]]
    record: Mapping[str, Any]


@dataclass(frozen=True)
class CampaignResult:
    """All runs of a campaign by name, and the calibrations that were made from them."""

    runs: Mapping[str, RunResult]
    calibrations: Mapping[str, tuple[Calibration, ...]]
    detector_config: Any


class Figure(NamedTuple):
    """A measured figure of a validation, beside what was asked of it."""

    name: str
    value: float
    error: float | None
    unit: str
    required: str
    passed: bool


class CampaignOutcome(NamedTuple):
    """What a campaign shows: its figures and its pictures (SVG or PNG by file name)."""

    figures: list[Figure]
    pictures: Mapping[str, bytes] = {}


@dataclass(frozen=True)
class Campaign:
    """A small simulated campaign of one detector: simulate, calibrate, run, and look.

    The framework does the first three, exactly as a job does; the plugin says which runs it
    takes and what there is to see. ``helioscope validate DETECTOR`` runs the one whose purpose
    is ``validation``, ``helioscope demo`` those whose purpose is ``demo``.

    Attributes
    ----------
    runs
        Gets the POSIX start of the campaign and the tracking intervals; gives the runs, the
        calibration runs first.
    outcome
        Gets what came out; gives figures and pictures.
    """

    name: str
    detector: str
    purpose: Literal["validation", "demo"]
    simulator: str
    discriminator: str | None
    detector_config: Any
    runs: Callable[[int, tuple[tuple[int, int], ...]], tuple[CampaignRun, ...]]
    outcome: Callable[[CampaignResult], CampaignOutcome]
    calibrators: tuple[str, ...] = ()
    discriminator_config: Any = None
    description: str = ""


@dataclass(frozen=True)
class Display:
    """Draws events of a detector for ``helioscope display``.

    ``draw`` gets the setup, a raw batch and its reconstruction, and gives SVG or PNG bytes.
    """

    name: str
    detector: str
    draw: Callable[[Setup, ak.Array, Reconstructed], bytes]
    description: str = ""
