"""Pedestal and noise of every strip, and which strips are dead or noisy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from helioscope.api import (
    Calibrated,
    CalibrationInput,
    Calibrator,
    Column,
    InputError,
    Schema,
)
from helioscope_micromegas.channel_status import DEAD, GOOD, NOISY, StatusSettings, status_of
from helioscope_micromegas.detector import PEDESTALS
from helioscope_micromegas.settings import MicromegasSettings

TABLE = Schema(
    "micromegas_pedestals",
    1,
    (
        Column("axis", "int8", "", "0 measures x, 1 measures y.", minimum=0),
        Column("strip", "int32", "", "Number of the strip.", minimum=0),
        Column("pedestal_adu", "float64", "adu", "Mean charge without a signal."),
        Column("noise_adu", "float64", "adu", "Its standard deviation.", minimum=0),
        Column("status", "int8", "", "0 good, 1 dead, 2 noisy.", minimum=0),
    ),
)


class PedestalSettings(StatusSettings):
    """When a strip is dead or noisy beside the others of its axis."""

    minimum_events: int = Field(
        default=50, ge=2, description="Dead with fewer events; refused where no strip has as many."
    )


def calibrate(config: PedestalSettings, runs: Mapping[str, list[CalibrationInput]]) -> Calibrated:
    """Measure pedestals from runs in which every strip is read out at every trigger.

    Raises
    ------
    InputError
        Where there are too few events, or no strip was read.
    """
    inputs = runs["pedestal"]
    detector: MicromegasSettings = inputs[0].setup.config
    rows, summary = [], []
    for axis, name in enumerate("xy"):
        batches = (batch for run in inputs for batch in run.batches())
        count, mean, noise = strip_moments(batches, name, detector.n_strips)
        if count.max(initial=0) < config.minimum_events:
            raise InputError(
                where=f"pedestals of {name}",
                found=f"{int(count.max(initial=0))} events",
                expected=f"at least {config.minimum_events} with every strip read out",
                remedy="take a longer pedestal run without zero suppression",
            )
        status = strip_status(count, noise, config)
        columns = {
            "axis": np.full(count.size, axis, np.int8),
            "strip": np.arange(count.size, dtype=np.int32),
            "pedestal_adu": mean,
            "noise_adu": noise,
            "status": status,
        }
        rows.append(ak.Array(columns))
        good = status == GOOD
        summary.append(
            {
                "axis": name,
                "pedestal_adu": float(mean[good].mean()) if good.any() else float("nan"),
                "noise_adu": float(np.median(noise[good])) if good.any() else float("nan"),
                "dead": np.flatnonzero(status == DEAD).tolist(),
                "noisy": np.flatnonzero(status == NOISY).tolist(),
            }
        )
    return Calibrated(ak.concatenate(rows), summary)


def strip_moments(
    batches: Iterable[ak.Array], axis: str, strips: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Give entries, mean and standard deviation of the charges of each strip of an axis.

    Sums are taken about the first charge of a strip, so that large pedestals cost no digits.
    """
    count, total, squares = np.zeros(strips, np.int64), np.zeros(strips), np.zeros(strips)
    origin = np.full(strips, np.nan)
    for batch in batches:
        strip = np.asarray(ak.flatten(batch[f"{axis}_strip"]))
        charge = np.asarray(ak.flatten(batch[f"{axis}_charge_adu"]), np.float64)
        known = (strip >= 0) & (strip < strips) & np.isfinite(charge)
        strip, charge = strip[known], charge[known]
        fresh, first = np.unique(strip, return_index=True)
        unset = np.isnan(origin[fresh])
        origin[fresh[unset]] = charge[first[unset]]
        off = charge - origin[strip]
        count += np.bincount(strip, minlength=strips)
        total += np.bincount(strip, off, strips)
        squares += np.bincount(strip, off * off, strips)
    entries = np.maximum(count, 1)
    mean = total / entries
    noise = np.sqrt(np.maximum(squares / entries - mean**2, 0.0))
    return count, np.nan_to_num(origin) + mean, noise


def strip_status(
    count: NDArray[np.int64], noise: NDArray[np.float64], config: PedestalSettings
) -> NDArray[np.int8]:
    """Call a strip dead or noisy by its noise; dead as well where it was not read out."""
    measured = count >= config.minimum_events
    status = status_of(noise, measured, config)
    status[~measured] = DEAD
    return status


PEDESTAL = Calibrator(
    name=PEDESTALS,
    detector="micromegas",
    version=1,
    config=PedestalSettings,
    run_kinds=("pedestal",),
    product="raw",
    table=TABLE,
    calibration=calibrate,
    applies=lambda config: config.readout == "strips",
    description="Pedestal, noise, dead and noisy strips, from runs without zero suppression.",
)
