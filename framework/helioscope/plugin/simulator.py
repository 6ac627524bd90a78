"""What writes raw events with their truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from helioscope.model.schema import Schema
from helioscope.model.settings import Settings
from helioscope.plugin.identity import require_identity, require_schema
from helioscope.plugin.setup import Run


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
    """Writes raw events in the detector's native format, with their truth.

    Raises
    ------
    ValueError
        Where its name, version, settings or truth cannot be.
    """

    name: str
    detector: str
    version: int
    config: type[Settings]
    truth: Schema
    simulation: Callable[[SimulatedRun], Simulated]
    description: str = ""

    def __post_init__(self) -> None:
        require_identity(self)
        require_schema(self, "truth", self.truth)
