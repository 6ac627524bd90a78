"""The strip gain map: which gains make the strips agree with the mesh everywhere."""

from __future__ import annotations

from collections.abc import Mapping

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
    Requirement,
    Schema,
    Settings,
)
from helioscope_micromegas.detector import PEDESTALS, STRIP_GAIN, only

TABLE = Schema(
    "micromegas_strip_gain",
    1,
    (
        Column("axis", "int8", "", "0 measures x, 1 measures y.", minimum=0),
        Column("strip", "int32", "", "Number of the strip.", minimum=0),
        Column("gain", "float64", "", "Gain over the mean of the axis.", minimum=0.01),
        Column("gain_err", "float64", "", "One standard deviation.", minimum=0),
    ),
)


class StripGainSettings(Settings):
    """What is known before: the spread of the gains, and of strips over mesh in an event."""

    prior_spread: float = Field(default=0.1, gt=0, description="Spread of the gains, relative.")
    event_spread: float = Field(
        default=0.03,
        gt=0,
        description="Spread of strip charge over mesh charge in an event, relative.",
    )
    window: float = Field(
        default=0.25,
        gt=0,
        lt=1,
        description="Events whose strips over mesh lie so near the median are taken, relative.",
    )
    minimum_events: int = Field(default=500, ge=10, description="Fewer are refused.")


def calibrate(config: StripGainSettings, runs: Mapping[str, list[CalibrationInput]]) -> Calibrated:
    """Find the gains by least squares over X-ray events.

    The mesh sees all of the avalanche, so that for each event e the corrected charges of an
    axis are one share of it, ``sum_i q_ei w_i = c M_e``, whatever the energy and the avalanche
    fluctuated to; the weights ``w_i = 1 / gain_i`` scatter about one. The normal equations give
    all strips of an axis at once, with their errors.

    Raises
    ------
    InputError
        Where an axis has too few events.
    """
    rows, summary = [], []
    for axis, name in enumerate("xy"):
        event, strip, charge, total = _charges(runs["fe55"], axis)
        strips = runs["fe55"][0].setup.config.n_strips
        gain, error, used = gains(event, strip, charge, total, strips, config)
        if used < config.minimum_events:
            raise InputError(
                where=f"strip gains of {name}",
                found=f"{used} events in which strips and mesh agree",
                expected=f"at least {config.minimum_events}",
                remedy="add 55Fe runs",
            )
        rows.append(
            ak.Array(
                {
                    "axis": np.full(strips, axis, np.int8),
                    "strip": np.arange(strips, dtype=np.int32),
                    "gain": gain,
                    "gain_err": error,
                }
            )
        )
        seen = error < 0.9 * config.prior_spread
        summary.append(
            {
                "axis": name,
                "events": used,
                "strips": int(seen.sum()),
                "gain_spread": float(gain[seen].std()) if seen.any() else float("nan"),
                "gain_err": float(np.median(error[seen])) if seen.any() else float("nan"),
            }
        )
    return Calibrated(ak.concatenate(rows), summary)


def _charges(
    inputs: list[CalibrationInput], axis: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Give event number, strip and charge over pedestal of every strip over threshold.

    The last column is the integral of the mesh pulse of every event.
    """
    from helioscope_micromegas.mesh import INTEGRAL, measure_mesh
    from helioscope_micromegas.strip_columns import DEAD, PEDESTAL, THRESHOLD
    from helioscope_micromegas.strip_readout import axis_hits, mesh_samples, strip_table

    events, strips, charges, totals, first = [], [], [], [], 0
    for run in inputs:
        table = strip_table(run.setup.config, axis, only(run.setup, PEDESTALS), None)
        config = run.setup.config
        for batch in run.batches():
            pulses = measure_mesh(
                mesh_samples(batch, config.mesh_samples),
                config.mesh_sample_ns,
                config.mesh_baseline_samples,
                config.mesh_smoothing_samples,
                config.mesh_saturation_adu,
            )
            totals.append(pulses.measures[:, INTEGRAL].astype(np.float64))
            hits = axis_hits(batch, "xy"[axis])
            owner = np.repeat(np.arange(hits.offsets.size - 1), np.diff(hits.offsets)) + first
            first += hits.offsets.size - 1
            inside = (hits.strip >= 0) & (hits.strip < table.shape[1])
            owner, strip = owner[inside], hits.strip[inside].astype(np.int64)
            charge = hits.charge_adu[inside] - table[PEDESTAL, strip]
            kept = (charge > table[THRESHOLD, strip]) & (table[DEAD, strip] == 0)
            # an event beside a dead strip has lost charge and would blame its neighbours
            dead = np.convolve(table[DEAD] != 0, np.ones(3), "same") > 0
            kept &= ~np.isin(owner, owner[kept & dead[strip]])
            events.append(owner[kept])
            strips.append(strip[kept])
            charges.append(charge[kept])
    return (
        np.concatenate(events),
        np.concatenate(strips),
        np.concatenate(charges),
        np.concatenate(totals),
    )


def gains(
    event: NDArray[np.int64],
    strip: NDArray[np.int64],
    charge: NDArray[np.float64],
    total: NDArray[np.float64],
    strips: int,
    config: StripGainSettings,
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Solve for the gains of one axis; give them, their errors and the events used.

    ``event``, ``strip``, ``charge`` one a hit; ``total`` the mesh integral, one an event.
    """
    from scipy.sparse import csr_matrix

    seen = np.bincount(event, charge, total.size)
    usable = (seen > 0) & (total > 0)
    ratio = np.divide(seen, total, out=np.zeros(total.size), where=usable)
    share = np.median(ratio[usable]) if usable.any() else 1.0
    near = usable & (np.abs(ratio - share) < config.window * share)
    kept = near[event]
    weighed = charge[kept] / (share * total[event[kept]])
    shares = csr_matrix((weighed, (event[kept], strip[kept])), (total.size, strips))
    precision = 1.0 / config.event_spread**2
    normal = (shares.T @ shares).toarray() * precision
    normal += np.eye(strips) / config.prior_spread**2
    right = np.asarray(shares.sum(axis=0)).ravel() * precision + 1.0 / config.prior_spread**2
    covariance = np.linalg.inv(normal)
    weight = np.clip(covariance @ right, 0.2, 5.0)
    gain = 1.0 / weight
    error = np.sqrt(np.diag(covariance)) * gain**2
    touched = error < 0.9 * config.prior_spread
    if touched.any():
        gain[touched] /= gain[touched].mean()
    gain[~touched] = 1.0
    return gain, error, int(near.sum())


STRIP_GAINS = Calibrator(
    name=STRIP_GAIN,
    detector="micromegas",
    version=1,
    config=StripGainSettings,
    run_kinds=("fe55",),
    product="raw",
    table=TABLE,
    calibration=calibrate,
    applies=lambda config: config.readout == "strips",
    calibrations=lambda _config: (Requirement(PEDESTALS, optional=True),),
    description="Relative gain of every strip, from 55Fe events against the mesh pulse.",
)
