"""All three discriminators on the same rows, for comparison."""

from __future__ import annotations

from dataclasses import dataclass, replace

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import CampaignResult, RunResult, WorkingPointSettings, discriminators, quality
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.separation import SEPARATION


@dataclass(frozen=True)
class Share:
    """A share of rows with the error of its counts (Wilson's interval, half its width)."""

    passed: int
    total: int

    @property
    def value(self) -> float:
        """The share; NaN of nothing."""
        return self.passed / self.total if self.total else float("nan")

    @property
    def error(self) -> float:
        """One standard deviation, never 0 for finite counts."""
        if not self.total:
            return float("nan")
        share = (self.passed + 0.5) / (self.total + 1.0)
        return float(np.sqrt(share * (1.0 - share) / self.total))


def is_clean(rows: ak.Array) -> NDArray[np.bool_]:
    """Say which rows no quality bit excludes."""
    mask = np.uint32(quality.excluding_mask(DETECTOR.quality_bits))
    clean: NDArray[np.bool_] = (np.asarray(rows["quality"]) & mask) == 0
    return clean


def accepted(
    result: CampaignResult, run: RunResult, efficiency: float, rows: ak.Array | None = None
) -> dict[str, NDArray[np.bool_]]:
    """Let each discriminator judge the rows of a run at an efficiency, by its short name.

    Rows that their quality rules out are accepted by none.
    """
    observables = run.products["observables"] if rows is None else rows
    clean = is_clean(observables)
    config = WorkingPointSettings(efficiency=efficiency)
    setup = replace(run.setup, config=config, calibrations=result.calibrations)
    decided = {}
    for discriminator in discriminators(SEPARATION):
        verdict = discriminator.discrimination(setup)(observables)
        name = discriminator.name.removeprefix(f"{SEPARATION.detector}-")
        decided[name] = np.asarray(verdict["accepted"]) & clean
    return decided
