"""What makes a calibration from calibration runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import awkward as ak

from helioscope.model.schema import Schema
from helioscope.model.settings import Settings
from helioscope.plugin.identity import require_identity, require_schema
from helioscope.plugin.setup import Requirement, Setup


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
    calibrations
        What it takes besides. Calibrators work in the order of their needs; where some would
        take each other's, the first that the plugin lists goes without its optional ones, even
        where the catalogue holds them. Those that require each other are refused.
    applies
        Says for the detector's settings whether there is such a calibration: two read-outs of
        one detector may each have calibrators of their own for the same kind of run.
    input
        Schema of its runs' batches where they are not raw events of the detector (a read-out
        map); the source gets it as the request's schema. Only with ``product="raw"``.

    Raises
    ------
    ValueError
        Where its name, version, settings, kinds of run, product or schemas cannot be.
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
    applies: Callable[[Any], bool] = lambda _config: True

    def __post_init__(self) -> None:
        require_identity(self)
        require_schema(self, "table", self.table)
        if self.input is not None:
            require_schema(self, "input", self.input)
        if self.product not in ("raw", "observables"):
            raise ValueError(
                f"calibrator '{self.name}': product is {self.product!r} "
                "instead of 'raw' or 'observables'"
            )
        for what in ("run_kinds", "optional_kinds"):
            kinds = getattr(self, what)
            if not isinstance(kinds, tuple) or not all(isinstance(kind, str) for kind in kinds):
                raise ValueError(
                    f"calibrator '{self.name}': {what} is {kinds!r} "
                    "instead of a tuple of str, such as ('fe55',)"
                )

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds of run that it takes."""
        return (*self.run_kinds, *self.optional_kinds)
