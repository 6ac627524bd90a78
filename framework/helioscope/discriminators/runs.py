"""Calibration runs read into one labelled sample."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.cards import TrainingRun
from helioscope.classification.samples import Sample, on_lines, time_blocks
from helioscope.discriminators.separation import Separation, matrix
from helioscope.discriminators.settings import TrainingSettings
from helioscope.errors import UsageError
from helioscope.plugin import CalibrationInput

Floats = NDArray[np.float64]


@dataclass
class Thinned:
    """Rows of one run, thinned evenly so that no more than ``limit`` are held at the end.

    Each time twice the limit is reached every second row is dropped, and only every second
    (fourth, …) is taken from there on; what is kept does not depend on batch borders.
    """

    limit: int
    stride: int = 1
    seen: int = 0
    parts: list[Floats] = field(default_factory=list)

    def take(self, rows: Floats) -> None:
        """Add the rows of one batch, float64 (rows, columns)."""
        first = -self.seen % self.stride
        self.seen += len(rows)
        self.parts.append(rows[first :: self.stride])
        while sum(map(len, self.parts)) > 2 * self.limit:
            self.parts = [np.concatenate(self.parts)[::2]]
            self.stride *= 2

    def rows(self, columns: int) -> Floats:
        """Give what is held, at most ``limit`` rows."""
        held = np.concatenate([np.zeros((0, columns)), *self.parts])
        return held[::2] if len(held) > self.limit else held


def sample_of(
    separation: Separation, config: TrainingSettings, runs: Mapping[str, list[CalibrationInput]]
) -> tuple[Sample, tuple[TrainingRun, ...]]:
    """Read all runs into a sample, with what each of them gave.

    Rows that are excluded by their quality are left out, and of source runs those beside the
    lines. Blocks are runs, or stretches of time where there are fewer runs than folds.

    Raises
    ------
    UsageError
        Where a kind of run that is needed is missing.
    """
    _refuse_missing(separation, runs)
    parts: dict[bool, list[Floats]] = {True: [], False: []}
    listed: list[TrainingRun] = []
    for kind, inputs in runs.items():
        xray = kind in separation.xray_lines_kev
        for given in inputs:
            rows = _rows(separation, config, given, separation.xray_lines_kev.get(kind, ()))
            digest = hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()
            listed.append(TrainingRun(given.setup.run.name, kind, len(rows), digest))
            parts[xray].append(rows)
    return _joined(separation, config, parts), tuple(listed)


def _refuse_missing(separation: Separation, runs: Mapping[str, list[CalibrationInput]]) -> None:
    for wanted in separation.needed_kinds:
        if not runs.get(wanted):
            raise UsageError(
                where=f"training for detector '{separation.detector}'",
                found=f"runs of kind {', '.join(k for k, v in runs.items() if v) or 'none'}",
                expected=f"at least one of kind {wanted}",
                remedy="add the runs to the job, or correct their kind",
            )


def _rows(
    separation: Separation,
    config: TrainingSettings,
    given: CalibrationInput,
    lines_kev: tuple[float, ...],
) -> Floats:
    """Read one run: features and energy of its clean rows, in their order."""
    kept = Thinned(config.max_rows)
    for batch in given.batches():
        values, energy = matrix(separation, batch)
        clean = (np.asarray(batch["quality"]) & np.uint32(separation.excluded_quality)) == 0
        used = clean & np.isfinite(energy)
        used &= on_lines(np.where(used, energy, -1e9), lines_kev, separation.line_resolution)
        kept.take(np.column_stack((values, energy))[used])
    return kept.rows(len(separation.features) + 1)


def _joined(
    separation: Separation, config: TrainingSettings, parts: Mapping[bool, list[Floats]]
) -> Sample:
    """Join the runs; blocks of each class are numbered apart. Rows are in time order."""
    blocks, offset = [], 0
    for label in (True, False):
        run = np.concatenate(
            [np.full(len(rows), number, np.int64) for number, rows in enumerate(parts[label])]
        )
        block = time_blocks(run, np.arange(len(run), dtype=np.int64), config.folds)
        blocks.append(block + offset)
        offset += int(block.max(initial=-1)) + 1
    rows = np.concatenate([*parts[True], *parts[False]])
    xrays = sum(map(len, parts[True]))
    return Sample(
        features=separation.features,
        values=rows[:, :-1],
        energy_kev=rows[:, -1],
        xray=np.arange(len(rows)) < xrays,
        block=np.concatenate(blocks),
    )
