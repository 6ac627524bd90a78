"""The energy scale from 55Fe runs: strips and mesh apart, one node in time for each run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    Settings,
)
from helioscope_micromegas.detector import ENERGY
from helioscope_micromegas.line_fit import LineFit, fit_lines

#: Observable that carries the charge, by source.
CHARGES = {"strips": "energy_adu", "mesh": "mesh_integral_adu_ns"}

TABLE = Schema(
    "micromegas_energy",
    1,
    (
        Column("time_ns", "int64", "ns", "Middle of the run, since 1970-01-01 UTC."),
        Column("source", "string", "", "strips (adu) or mesh (adu ns)."),
        Column("per_kev", "float64", "charge/keV", "Scale at the 5.9 keV line.", minimum=1e-9),
        Column("per_kev_err", "float64", "charge/keV", "One standard deviation.", minimum=0),
        Column("fwhm", "float64", "", "Relative full width at half maximum at 5.9 keV.", minimum=0),
        Column("fwhm_err", "float64", "", "One standard deviation.", minimum=0),
        Column("escape_kev", "float64", "keV", "Place of the argon escape line on that scale."),
        Column("escape_share", "float64", "", "Events of the escape line over the main line."),
    ),
)


class EnergySettings(Settings):
    """Which events make the spectrum."""

    minimum_events: int = Field(
        default=500, ge=200, description="Runs with fewer clean events are refused."
    )
    largest_radius_mm: float | None = Field(
        default=None, gt=0, description="Events farther from the centre are left out."
    )


def calibrate(config: EnergySettings, runs: Mapping[str, list[CalibrationInput]]) -> Calibrated:
    """Fit the 55Fe lines of each run in strips and mesh.

    Raises
    ------
    InputError
        Where a run has too few clean events, or its lines cannot be fitted.
    """
    from helioscope_micromegas.pictures import energy_scale_figure, fe55_figure

    rows: list[dict[str, Any]] = []
    fits: dict[str, LineFit] = {}
    for run in runs["fe55"]:
        time_ns, charges = _clean_charges(run, config)
        for source, charge in charges.items():
            try:
                fit = fit_lines(charge)
            except ValueError as error:
                raise InputError(
                    where=f"run {run.setup.run.name}, {source}",
                    found=str(error),
                    expected="a spectrum of 55Fe",
                    remedy="look at the run; take it out of the job, or take a longer one",
                ) from None
            fits.setdefault(source, fit)
            rows.append(
                {
                    "time_ns": time_ns,
                    "source": source,
                    "per_kev": fit.per_kev,
                    "per_kev_err": fit.per_kev_err,
                    "fwhm": fit.fwhm,
                    "fwhm_err": fit.fwhm_err,
                    "escape_kev": fit.escape_kev,
                    "escape_share": fit.escape_share,
                }
            )
    figures = {"fe55_spectrum.svg": fe55_figure(fits)}
    if len(runs["fe55"]) > 1:
        figures["energy_scale_in_time.svg"] = energy_scale_figure(rows)
    names = [run.setup.run.name for run in runs["fe55"] for _ in range(len(fits))]
    summary = [{"run": name, **row} for name, row in zip(names, rows, strict=True)]
    return Calibrated(table_of(rows), summary, figures)


def table_of(rows: list[dict[str, Any]]) -> ak.Array:
    """Lay rows out in the calibration's schema."""
    columns: dict[str, Any] = {}
    for column in TABLE.columns:
        values = [row[column.name] for row in rows]
        typed = column.dtype != "string"
        columns[column.name] = np.array(values, column.dtype) if typed else ak.Array(values)
    return ak.Array(columns)


def _clean_charges(
    run: CalibrationInput, config: EnergySettings
) -> tuple[int, dict[str, NDArray[np.float64]]]:
    """Give the middle of a run, and the charges of its clean events by source."""
    from helioscope.api import quality
    from helioscope_micromegas.observables import MISMATCHED, ONE_AXIS

    bad = quality.excluding_mask() | MISMATCHED.mask | ONE_AXIS.mask | quality.EDGE.mask
    bad |= quality.BAD_NEIGHBOUR.mask
    parts, times = [], []
    for batch in run.batches():
        kept = (np.asarray(batch["quality"]) & np.uint32(bad)) == 0
        if config.largest_radius_mm is not None:
            radius = np.hypot(np.asarray(batch["x_mm"]), np.asarray(batch["y_mm"]))
            kept &= radius < config.largest_radius_mm
        parts.append(batch[kept])
        times.append(np.asarray(batch["time_ns"]))
    events = int(sum(map(len, parts)))
    if events < config.minimum_events:
        raise InputError(
            where=f"run {run.setup.run.name}",
            found=f"{events} clean events",
            expected=f"at least {config.minimum_events}",
            remedy="take a longer 55Fe run",
        )
    rows, time = ak.concatenate(parts), np.concatenate(times)
    charges = {name: np.asarray(rows[column], np.float64) for name, column in CHARGES.items()}
    finite = {name: charge for name, charge in charges.items() if np.isfinite(charge).all()}
    return int(time.min()) + (int(time.max()) - int(time.min())) // 2, finite


ENERGY_SCALE = Calibrator(
    name=ENERGY,
    detector="micromegas",
    version=1,
    config=EnergySettings,
    run_kinds=("fe55",),
    product="observables",
    table=TABLE,
    calibration=calibrate,
    description="Charge per keV and resolution of strips and mesh in time, from 55Fe runs.",
)
