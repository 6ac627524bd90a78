"""Drift velocity from cosmic muons that cross the whole drift."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import awkward as ak
import numpy as np
from pydantic import Field, PositiveInt

from helioscope.api import Calibrated, CalibrationInput, Column, InputError, Schema, Settings
from helioscope_tpc import crossing
from helioscope_tpc.settings import TpcSettings

TABLE = Schema(
    "tpc_drift",
    2,
    (
        Column("full_drift_us", "float64", "us", "Drift time over the whole length."),
        Column("full_drift_err_us", "float64", "us", "One standard deviation."),
        Column("track_spread_us", "float64", "us", "Standard deviation of one track's time."),
        Column("drift_velocity_mm_per_us", "float64", "mm/us", "Length over that time."),
        Column("drift_velocity_err_mm_per_us", "float64", "mm/us", "One standard deviation."),
        Column("tracks", "int64", "", "Tracks over the whole drift."),
    ),
)


class DriftSettings(Settings):
    """Fewer crossing tracks than this give no calibration."""

    minimum_tracks: PositiveInt = Field(
        default=15, description="Fewer muon tracks through the whole drift are refused."
    )


def calibrate(settings: DriftSettings, runs: Mapping[str, list[CalibrationInput]]) -> Calibrated:
    """Fit the time over the whole drift, see `helioscope_tpc.crossing`.

    Raises
    ------
    InputError
        Where too few tracks cross.
    """
    config: TpcSettings = runs["muon"][0].setup.config
    point_us = crossing.point_width_us(b for one in runs["fe55"] for b in one.batches())
    times = np.concatenate(
        [
            crossing.track_times_us(crossing.tracks_of(batch), point_us)
            for one in runs["muon"]
            for batch in one.batches()
        ]
    )
    full = crossing.full_drift(times)
    number = round(full.crossing)
    if number < settings.minimum_tracks:
        raise InputError(
            where="runs " + ", ".join(one.setup.run.name for one in runs["muon"]),
            found=f"{number} tracks over the whole drift, of {len(times)}",
            expected=f"{settings.minimum_tracks} at least",
            remedy="take a longer run with muons",
        )
    velocity = config.drift_mm / full.time_us
    cells: dict[str, Any] = {
        "full_drift_us": full.time_us,
        "full_drift_err_us": full.time_err_us,
        "track_spread_us": full.spread_us,
        "drift_velocity_mm_per_us": velocity,
        "drift_velocity_err_mm_per_us": velocity * full.time_err_us / full.time_us,
        "tracks": number,
    }
    table = ak.zip({c.name: np.array([cells[c.name]], c.dtype) for c in TABLE.columns})
    return Calibrated(table, [cells])
