"""The gain of every wire from 55Fe, and with it the chamber's gain in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt

from helioscope.api import (
    Calibrated,
    CalibrationInput,
    Column,
    InputError,
    Schema,
    quality,
)
from helioscope_tpc import lines
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.source import SourceSettings, demand_source

Real = NDArray[np.float64]

TABLE = Schema(
    "tpc_gains",
    1,
    (
        Column("time_ns", "int64", "ns", "Mean time of the run that it was measured in."),
        Column("wire", "int16", "", "Number of the wire."),
        Column("gain_adu_per_kev", "float64", "adu/keV", "Charge in adu samples for 1 keV."),
        Column("gain_err_adu_per_kev", "float64", "adu/keV", "One standard deviation."),
        Column("events", "int64", "", "Clusters with charge on the wire."),
    ),
)


class GainsSettings(SourceSettings):
    """A wire with fewer clusters, or a gain less certain than this, gets none."""

    minimum_events: PositiveInt = Field(
        default=20, description="A wire with fewer keeps the nominal gain."
    )
    largest_error: PositiveFloat = Field(
        default=0.05, description="Nor is a gain taken with a larger relative error."
    )


class Charges(NamedTuple):
    """Charges of single clusters on their wires, dense.

    Attributes
    ----------
    anode_adu, cathode_adu
        float64 [n, wires of the plane].
    run
        int64: which of the runs.
    """

    anode_adu: Real
    cathode_adu: Real
    time_ns: NDArray[np.int64]
    run: NDArray[np.int64]


def calibrate(settings: GainsSettings, runs: Mapping[str, list[CalibrationInput]]) -> Calibrated:
    """Find the gains that make the 55Fe peak narrowest, and put the peak where it belongs.

    The energy of a cluster is the sum of its wires' charges over their gains. The peak of each
    run gives the chamber's gain at its time; with that taken out, least squares over all runs
    gives the wires' gains.

    Raises
    ------
    InputError
        Where there are too few clusters to find the peak, or a run is none of a source.
    """
    inputs = [one for group in runs.values() for one in group]
    config: TpcSettings = inputs[0].setup.config
    charges = _charges(inputs, config)
    factor = _run_factors(charges, inputs, settings)
    charges = charges._replace(
        anode_adu=charges.anode_adu / factor[charges.run][:, None],
        cathode_adu=charges.cathode_adu / factor[charges.run][:, None],
    )
    inverse, anode_error, peak = _anodes(charges.anode_adu, inputs)
    energy = charges.anode_adu @ inverse
    good = np.abs(energy / lines.FE55[0][0] - 1.0) < 0.25
    other, cathode_error = _least_squares(
        charges.cathode_adu[good], config.cathode_ratio * energy[good]
    )
    counted = [(plane > 0).sum(axis=0) for plane in (charges.anode_adu, charges.cathode_adu)]
    events = np.concatenate(counted)
    both, errors = np.concatenate((inverse, other)), np.concatenate((anode_error, cathode_error))
    known = (events >= settings.minimum_events) & (errors < settings.largest_error * both)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(known, 1.0 / both, np.nan)
        error = np.where(known, errors / both**2, np.nan)
    return Calibrated(
        _table(charges, factor, gain, error, events),
        _summary(config, gain, error, peak) + _in_time(inputs, factor),
    )


def _run_factors(charges: Charges, inputs: list[CalibrationInput], settings: GainsSettings) -> Real:
    """Give the chamber's gain in each run over that in all of them, from the peak's place."""
    total = charges.anode_adu.sum(axis=1)
    scale = np.full(len(inputs), np.nan)
    for run in range(len(inputs)):
        mine = total[charges.run == run]
        if len(mine) < 200:
            _refuse([inputs[run]], len(mine))
        guess = lines.mode(mine[mine > 0.5 * np.quantile(mine, 0.9)]) / lines.FE55[0][0]
        peak = lines.fit(mine / guess)
        demand_source(peak, settings, inputs[run].setup.run.name)
        scale[run] = peak.scale * guess
    factors: Real = scale / scale.mean()
    return factors


def _table(
    charges: Charges, factor: Real, gain: Real, error: Real, events: NDArray[np.int64]
) -> ak.Array:
    first = int(charges.time_ns[0])
    times = [
        first + int(np.mean(charges.time_ns[charges.run == run] - first))
        for run in range(len(factor))
    ]
    wires = len(gain)
    return ak.zip(
        {
            "time_ns": np.repeat(np.array(times, np.int64), wires),
            "wire": np.tile(np.arange(wires, dtype=np.int16), len(factor)),
            "gain_adu_per_kev": np.outer(factor, gain).ravel(),
            "gain_err_adu_per_kev": np.outer(factor, error).ravel(),
            "events": np.tile(events.astype(np.int64), len(factor)),
        }
    )


def _in_time(inputs: list[CalibrationInput], factor: Real) -> list[dict[str, Any]]:
    return [
        {"run": one.setup.run.name, "gain_factor": float(value)}
        for one, value in zip(inputs, factor, strict=True)
    ]


def single_clusters(batch: ak.Array) -> ak.Array:
    """Choose the rows of events with one clean matched cluster."""
    bad = quality.SATURATED.mask | quality.AMBIGUOUS.mask | quality.EDGE.mask
    marks = np.asarray(batch["quality"]) & np.uint32(bad)
    chosen = (marks == 0) & (np.asarray(batch["anode_clusters"]) == 1)
    return batch[chosen & (np.asarray(batch["cathode_clusters"]) == 1)]


def _charges(inputs: list[CalibrationInput], config: TpcSettings) -> Charges:
    anodes = [np.empty((0, config.anode_wires))]
    cathodes = [np.empty((0, config.cathode_wires))]
    times, runs = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for number, one in enumerate(inputs):
        for batch in one.batches():
            rows = single_clusters(batch)
            anodes.append(_dense(rows, "anode", 0, config.anode_wires))
            cathodes.append(_dense(rows, "cathode", config.anode_wires, config.cathode_wires))
            times.append(np.asarray(rows["time_ns"]))
            runs.append(np.full(len(rows), number, np.int64))
    found = Charges(
        np.concatenate(anodes), np.concatenate(cathodes), np.concatenate(times),
        np.concatenate(runs),
    )  # fmt: skip
    if len(found.time_ns) < 200:
        _refuse(inputs, len(found.time_ns))
    return found


def _refuse(inputs: list[CalibrationInput], number: int) -> None:
    raise InputError(
        where="runs " + ", ".join(one.setup.run.name for one in inputs),
        found=f"{number} events with one cluster",
        expected="200 at least",
        remedy="take a longer 55Fe run, or look whether the source was in",
    )


def _dense(rows: ak.Array, plane: str, first: int, wires: int) -> Real:
    count = np.asarray(ak.num(rows[f"{plane}_wire"]))
    wire = np.asarray(ak.flatten(rows[f"{plane}_wire"])).astype(np.int64) - first
    dense = np.zeros((len(rows), wires))
    charge = np.asarray(ak.flatten(rows[f"{plane}_charge_adu"])).astype(np.float64)
    np.add.at(dense, (np.repeat(np.arange(len(rows)), count), wire), charge)
    return dense


def _anodes(charge: Real, inputs: list[CalibrationInput]) -> tuple[Real, Real, lines.LineFit]:
    total = charge.sum(axis=1)
    mean_line = sum(line * share for line, share in lines.FE55)
    large = total[total > 0.5 * np.quantile(total, 0.9)]
    inverse = np.full(charge.shape[1], mean_line / lines.mode(large))
    error = np.full(charge.shape[1], np.nan)
    for _ in range(4):
        good = np.abs(charge @ inverse / mean_line - 1.0) < 0.2
        inverse, error = _least_squares(charge[good], np.full(good.sum(), mean_line))
        peak = lines.fit(charge @ inverse)
        if not np.isfinite(peak.scale):
            _refuse(inputs, peak.events)
        inverse, error = inverse / peak.scale, error / peak.scale
    return inverse, error, lines.fit(charge @ inverse)


def _least_squares(charge: Real, energy: Real) -> tuple[Real, Real]:
    """Solve charge @ inverse = energy, with the wires known beforehand to be alike to 10 %."""
    total = charge.sum(axis=1)
    common = float((total * energy).sum() / (total**2).sum())
    spread = float(np.std(total * common - energy))
    prior = (spread / (0.1 * common)) ** 2
    normal = charge.T @ charge + prior * np.eye(charge.shape[1])
    solved = np.linalg.solve(normal, charge.T @ energy + prior * common).astype(np.float64)
    spread = float(np.std(charge @ solved - energy))
    return solved, spread * np.sqrt(np.diag(np.linalg.inv(normal)))


def _summary(
    config: TpcSettings, gain: Real, error: Real, peak: lines.LineFit
) -> list[dict[str, Any]]:
    rows = []
    for name, part in (
        ("anodes", slice(None, config.anode_wires)),
        ("cathodes", slice(config.anode_wires, None)),
    ):
        known = np.isfinite(gain[part])
        one, its_error = gain[part][known], error[part][known]
        rows.append(
            {
                "plane": name,
                "wires": int(known.sum()),
                "gain_adu_per_kev": float(one.mean()) if one.size else float("nan"),
                "spread": float(one.std() / one.mean()) if one.size else float("nan"),
                "error": float(np.median(its_error / one)) if one.size else float("nan"),
                "resolution_fwhm": 2.355 * peak.resolution,
                "events": int(peak.events),
            }
        )
    return rows
