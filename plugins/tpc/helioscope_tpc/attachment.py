"""Electron lifetime in the gas from the charge of crossing muons against drift time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt

from helioscope.api import Calibrated, CalibrationInput, Column, InputError, Schema, Settings
from helioscope_tpc import crossing

Real = NDArray[np.float64]

#: One-sided 95 % of a Gaussian, in standard deviations.
LIMIT_SIGMA = 1.645
#: Charges over so many times the fitted one are delta electrons and left out. A lower cut takes
#: more from charges that diffused little, and so bends the fit.
LARGEST_CHARGE = 5.0
#: Drift times that count, in full drifts. Nearer to the ends a wire sees a part of the track, and
#: behind the upper one more of it by diffusion.
FIRST, LAST = 0.1, 0.85

TABLE = Schema(
    "tpc_attachment",
    1,
    (
        Column("attachment_per_us", "float64", "1/us", "Share of the electrons lost per time."),
        Column("attachment_err_per_us", "float64", "1/us", "One standard deviation."),
        Column("electron_lifetime_us", "float64", "us", "Its inverse; a lower limit if not seen."),
        Column("electron_lifetime_err_us", "float64", "us", "One sigma; NaN for a limit."),
        Column("seen", "bool", "", "The loss is significant; else the limit is at 95 %."),
        Column("charges", "int64", "", "Charges of single wires in the fit."),
    ),
)


class AttachmentSettings(Settings):
    """Which tracks count, and from how many standard deviations on a loss is one.

    A track counts with a time within ``window_us`` of the full drift.
    """

    window_us: PositiveFloat = Field(
        default=0.15, description="A track counts with a time that near to the full drift, us."
    )
    minimum_tracks: PositiveInt = Field(
        default=15, description="Fewest tracks of a loss that is measured."
    )
    minimum_wires: PositiveInt = Field(default=4, description="Wires of a track that counts.")
    significance: PositiveFloat = Field(
        default=3.0, description="Standard deviations from which a loss is one."
    )


def calibrate(
    settings: AttachmentSettings, runs: Mapping[str, list[CalibrationInput]]
) -> Calibrated:
    """Fit an exponential to the charges on the wires of tracks that cross the whole drift.

    Where the loss is not significant there is a lower limit on the lifetime,
    1 / (max(loss, 0) + 1.645 standard deviations).

    Raises
    ------
    InputError
        Where too few tracks cross.
    """
    point_us = crossing.point_width_us(b for one in runs["fe55"] for b in one.batches())
    tracks = ak.concatenate(
        [crossing.tracks_of(batch) for one in runs["muon"] for batch in one.batches()]
    )
    times = crossing.track_times_us(tracks, point_us)
    full = crossing.full_drift(times)
    crossed = tracks[np.abs(times - full.time_us) < settings.window_us]
    if len(crossed) < settings.minimum_tracks:
        raise InputError(
            where="runs " + ", ".join(one.setup.run.name for one in runs["muon"]),
            found=f"{len(crossed)} tracks over the whole drift, of {len(tracks)}",
            expected=f"{settings.minimum_tracks} at least",
            remedy="take a longer run with muons",
        )
    charges = relative_charges(crossed, full.time_us, settings.minimum_wires)
    loss, error = loss_per_us(charges)
    seen = loss > settings.significance * error
    cells: dict[str, Any] = {
        "attachment_per_us": loss,
        "attachment_err_per_us": error,
        "electron_lifetime_us": 1 / loss if seen else 1 / (max(loss, 0.0) + LIMIT_SIGMA * error),
        "electron_lifetime_err_us": error / loss**2 if seen else float("nan"),
        "seen": seen,
        "charges": len(charges.charge),
    }
    table = ak.zip({c.name: np.array([cells[c.name]], c.dtype) for c in TABLE.columns})
    return Calibrated(table, [cells])


class Charges(NamedTuple):
    """Charges on the wires of crossing tracks.

    Attributes
    ----------
    track
        int64: which of the tracks.
    time_us
        float64: drift time.
    charge
        float64: over the median of the track.
    """

    track: NDArray[np.int64]
    time_us: Real
    charge: Real


def relative_charges(tracks: ak.Array, full_us: float, minimum_wires: int) -> Charges:
    """Give drift times and charges on the wires of tracks.

    The median takes the track's angle and the wires' common gain out. Tracks with fewer wires
    than the minimum, between ``FIRST`` and ``LAST`` of the full drift, are left out.
    """
    rising = tracks["anode_time_us"]
    start = ak.min(ak.nan_to_num(rising, nan=np.inf), axis=1)
    time = rising + tracks["anode_width_us"] / 2 - start
    known = (time > FIRST * full_us) & (time < LAST * full_us) & (tracks["anode_charge_adu"] > 0)
    time, charge = time[known], tracks["anode_charge_adu"][known]
    enough = np.asarray(ak.num(time)) >= minimum_wires
    time, charge = time[enough], charge[enough]
    relative = charge / crossing.medians(charge)
    return Charges(
        np.repeat(np.arange(len(time)), np.asarray(ak.num(time))),
        np.asarray(ak.flatten(time), np.float64),
        np.asarray(ak.flatten(relative), np.float64),
    )


def loss_per_us(charges: Charges) -> tuple[float, float]:
    """Fit charge = c exp(-loss t) by least squares, large charges left out; give loss and error.

    What is large is asked of the fit itself and repeated, so that the cut takes the same share
    of the charges at every time. The charges of a track share their median, so the error adds
    up tracks, not charges (Huber's sandwich with a track as the unit).
    """
    kept, scale, loss = charges, float(np.mean(charges.charge)), 0.0
    for _ in range(20):
        design, rest = _linearised(kept, scale, loss)
        step, *_ = np.linalg.lstsq(design, rest, rcond=None)
        scale, loss = scale + float(step[0]), loss + float(step[1])
        small = charges.charge < LARGEST_CHARGE * scale * np.exp(-loss * charges.time_us)
        kept = Charges._make(column[small] for column in charges)
    design, rest = _linearised(kept, scale, loss)
    by_track = np.stack([np.bincount(kept.track, column * rest) for column in design.T])
    inverse = np.linalg.inv(design.T @ design)
    covariance = inverse @ (by_track @ by_track.T) @ inverse
    return loss, float(np.sqrt(covariance[1, 1]))


def _linearised(charges: Charges, scale: float, loss: float) -> tuple[Real, Real]:
    """Give the derivatives of the model and what it leaves of the charges."""
    decay = np.exp(-loss * charges.time_us)
    design = np.stack([decay, -scale * charges.time_us * decay], axis=1)
    return design, charges.charge - scale * decay
