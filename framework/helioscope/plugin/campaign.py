"""Simulated campaigns for validation and demonstration, and pictures of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import awkward as ak

from helioscope.plugin.detector import Reconstructed
from helioscope.plugin.setup import Calibration, Run, Setup


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
