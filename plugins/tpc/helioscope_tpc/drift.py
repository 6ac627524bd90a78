"""Drift velocity and attachment from cosmic muons that cross the whole drift."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat, PositiveInt

from helioscope.api import Calibrated, CalibrationInput, Column, InputError, Schema, Settings
from helioscope_tpc.gains import single_clusters
from helioscope_tpc.settings import TpcSettings

Real = NDArray[np.float64]

#: Width of the kernel with which the place of most track times is found.
KERNEL_US = 0.04

TABLE = Schema(
    "tpc_drift",
    1,
    (
        Column("full_drift_us", "float64", "us", "Drift time over the whole length."),
        Column("full_drift_err_us", "float64", "us", "One standard deviation."),
        Column("drift_velocity_mm_per_us", "float64", "mm/us", "Length over that time."),
        Column("drift_velocity_err_mm_per_us", "float64", "mm/us", "One standard deviation."),
        Column("attachment_per_us", "float64", "1/us", "Share of the electrons lost per time."),
        Column("attachment_err_per_us", "float64", "1/us", "One standard deviation."),
        Column("tracks", "int64", "", "Tracks over the whole drift."),
    ),
)


class DriftSettings(Settings):
    """Tracks count as crossing where their time is within ``window_us`` of the full drift."""

    window_us: PositiveFloat = 0.15
    minimum_tracks: PositiveInt = 15
    minimum_wires: PositiveInt = 4


def calibrate(settings: DriftSettings, runs: Mapping[str, list[CalibrationInput]]) -> Calibrated:
    """Find where the track times pile up: muons that cross both ends of the drift.

    A track's time runs from its first rising to its last falling edge, less what the shaping
    adds at either end: a stretch of length d seen through a response of width p is the root of
    d^2 + p^2 wide, with p from the point charges of 55Fe.

    Raises
    ------
    InputError
        Where too few tracks cross.
    """
    config: TpcSettings = runs["muon"][0].setup.config
    point_us = _point_width_us(runs["fe55"])
    tracks = ak.concatenate([_tracks(b) for one in runs["muon"] for b in one.batches()])
    span = _span_us(tracks, point_us)
    full = _full_drift_us(span)
    crossing = np.abs(span - full) < settings.window_us
    number = int(crossing.sum())
    if number < settings.minimum_tracks:
        raise InputError(
            where="runs " + ", ".join(one.setup.run.name for one in runs["muon"]),
            found=f"{number} tracks over the whole drift, of {len(span)}",
            expected=f"{settings.minimum_tracks} at least",
            remedy="take a longer run with muons",
        )
    error = float(np.std(span[crossing]) / np.sqrt(number))
    attachment, attachment_err = _attachment(tracks[crossing], settings)
    velocity = config.drift_mm / full
    cells: dict[str, Any] = {
        "full_drift_us": full,
        "full_drift_err_us": error,
        "drift_velocity_mm_per_us": velocity,
        "drift_velocity_err_mm_per_us": velocity * error / full,
        "attachment_per_us": attachment,
        "attachment_err_per_us": attachment_err,
        "tracks": number,
    }
    table = ak.zip({c.name: np.array([cells[c.name]], c.dtype) for c in TABLE.columns})
    return Calibrated(table, [cells])


def _point_width_us(inputs: list[CalibrationInput]) -> float:
    widths = [np.asarray(single_clusters(b)["width_us"]) for one in inputs for b in one.batches()]
    return float(np.median(np.concatenate(widths)))


def _tracks(batch: ak.Array) -> ak.Array:
    chosen = (np.asarray(batch["anode_clusters"]) == 1) & (np.asarray(batch["duration_us"]) > 1.5)
    names = ["anode_charge_adu", "anode_time_us", "anode_width_us"]
    return batch[chosen][names]


def _span_us(tracks: ak.Array, point_us: float) -> Real:
    width = ak.nan_to_num(tracks["anode_width_us"], nan=point_us)
    stretch = np.sqrt(np.maximum(width**2 - point_us**2, 0.0))
    added = 0.5 * (width - stretch)
    rising = tracks["anode_time_us"]
    first = ak.min(ak.nan_to_num(rising + added, nan=np.inf), axis=1)
    last = ak.max(ak.nan_to_num(rising + width - added, nan=-np.inf), axis=1)
    return np.asarray(last - first).astype(np.float64)


def _full_drift_us(span: Real) -> float:
    """Give the place near the upper end of the times where they pile up."""
    if len(span) < 10:
        return float(np.max(span, initial=0.0))
    end = float(np.quantile(span, 0.97))
    places = np.linspace(0.75 * end, 1.25 * end, 1001)
    density = np.exp(-0.5 * ((places[:, None] - span[None]) / KERNEL_US) ** 2).sum(axis=1)
    return float(places[np.argmax(density)])


def _attachment(tracks: ak.Array, settings: DriftSettings) -> tuple[float, float]:
    """Fit charge against drift time over all wires of crossing tracks.

    Each track's charges are taken over their median, so that its angle and the wires' common
    gain drop out; the tail of large charges is cut at three times the median.
    """
    tracks = tracks[ak.sum(np.isfinite(tracks["anode_time_us"]), axis=1) >= settings.minimum_wires]
    charge, time = tracks["anode_charge_adu"], tracks["anode_time_us"]
    first = ak.nanmin(time, axis=1)
    times, values = [], []
    for q, t, start in zip(charge.to_list(), time.to_list(), first.to_list(), strict=True):
        # The first and last wire see only a part of the track.
        inner = slice(1, -1)
        q_one, t_one = np.array(q, float)[inner], np.array(t, float)[inner] - start
        known = np.isfinite(t_one) & (q_one > 0)
        if known.sum() >= 2:
            times.append(t_one[known])
            values.append(q_one[known] / np.median(q_one[known]))
    if not times:
        return float("nan"), float("nan")
    moment, value = np.concatenate(times), np.concatenate(values)
    kept = value < 3.0
    moment, value = moment[kept], value[kept]
    design = np.stack([np.ones_like(moment), moment], axis=1)
    solved, *_ = np.linalg.lstsq(design, value, rcond=None)
    spread = np.std(value - design @ solved)
    covariance = np.linalg.inv(design.T @ design) * spread**2
    return float(-solved[1] / solved[0]), float(np.sqrt(covariance[1, 1]) / solved[0])
