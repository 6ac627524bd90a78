"""What a plugin is told before a run: the run, its settings, its calibrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import awkward as ak


@dataclass(frozen=True)
class Run:
    """One stretch of data taking of one detector."""

    name: str
    kind: str
    start_ns: int | None = None
    stop_ns: int | None = None

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """The half-open span that the run book gives; None where it lacks an end."""
        if self.start_ns is None or self.stop_ns is None:
            return None
        return self.start_ns, self.stop_ns


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
        For anything random; the same for the same detector and raw files.
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


@dataclass(frozen=True)
class Requirement:
    """A calibration that a plugin needs for a run.

    Attributes
    ----------
    interpolated
        Its neighbours in time are given as well.
    optional
        It is given where the catalogue holds it and missing where not. A calibrator whose
        optional needs are made with its own calibration may go without them for good, see
        `Calibrator.calibrations`.
    """

    name: str
    interpolated: bool = False
    optional: bool = False
