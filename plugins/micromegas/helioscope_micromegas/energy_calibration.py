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
from helioscope_micromegas.line_fit import ESCAPE_KEV, LINES_KEV, LineFit, fit_lines

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
    """Which events make the spectrum, and what it takes to be one of 55Fe."""

    minimum_events: int = Field(
        default=500, ge=200, description="Runs with fewer clean events are refused."
    )
    largest_radius_mm: float | None = Field(
        default=None, gt=0, description="Events farther from the centre are left out."
    )
    largest_scale_error: float = Field(
        default=0.01, gt=0, description="A scale with a larger relative error is refused."
    )
    least_line_over_flat: float = Field(
        default=2.5,
        ge=0,
        description="Events of the main line over flat ones within one FWHM; fewer are no source.",
    )
    largest_misfit: float = Field(
        default=0.15,
        gt=0,
        description="Relative deviation of the spectrum from the fit beyond chance, rms.",
    )
    argon_escape: bool = Field(
        default=True, description="Look for argon's escape line; other gases have none there."
    )
    escape_sigma: float = Field(
        default=4.0, gt=0, description="The escape line may lie as many errors off 2.938 keV."
    )
    escape_tolerance_kev: float = Field(
        default=0.15, ge=0, description="And by this more: what the scale may bend."
    )
    least_escape_share: float = Field(
        default=0.01, ge=0, description="Events of the escape line over the main line's."
    )


def calibrate(config: EnergySettings, runs: Mapping[str, list[CalibrationInput]]) -> Calibrated:
    """Fit the 55Fe lines of each run in strips and mesh.

    Raises
    ------
    InputError
        Where a run has too few clean events, its lines cannot be fitted, or its spectrum is not
        one of 55Fe by the settings.
    """
    from helioscope_micromegas.pictures import energy_scale_figure, fe55_figure

    rows: list[dict[str, Any]] = []
    fits: dict[str, LineFit] = {}
    for run in runs["fe55"]:
        time_ns, charges = _clean_charges(run, config)
        for source, charge in charges.items():
            fit = _fit(charge, config, f"run {run.setup.run.name}, {source}")
            fits.setdefault(source, fit)
            rows.append(
                {
                    "run": run.setup.run.name,
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
    return Calibrated(table_of(rows), rows, figures)


def _fit(charge: NDArray[np.float64], config: EnergySettings, where: str) -> LineFit:
    """Fit the lines, and refuse a spectrum that is not one of 55Fe."""
    try:
        fit = fit_lines(charge)
        faults = faults_of(fit, config)
    except ValueError as error:
        faults = [str(error)]
    if not faults:
        return fit
    raise InputError(
        where=where,
        found="; ".join(faults),
        expected="a spectrum of 55Fe",
        remedy="look whether the source was in and pedestals are known; correct the run's kind, or "
        "take a longer run",
    )


def faults_of(fit: LineFit, config: EnergySettings) -> list[str]:
    """Say what speaks against a spectrum being one of 55Fe."""
    error = fit.per_kev_err / fit.per_kev
    faults = []
    if not error <= config.largest_scale_error:
        faults.append(f"the scale is known to {100 * error:.2g} %")
    if not fit.line_over_flat >= config.least_line_over_flat:
        faults.append(f"{fit.line_over_flat:.2g} events of the 5.9 keV line for a flat one")
    if not fit.misfit <= config.largest_misfit:
        faults.append(f"the spectrum is {100 * fit.misfit:.2g} % off the fit")
    if not config.argon_escape:
        return faults
    off = abs(fit.escape_kev - (LINES_KEV[0] - ESCAPE_KEV)) - config.escape_tolerance_kev
    if not off <= config.escape_sigma * fit.escape_kev_err:
        place = f"{fit.escape_kev:.3g} ± {fit.escape_kev_err:.1g} keV"
        faults.append(f"the argon escape line at {place}, not at 2.94 keV")
    if not fit.escape_share >= config.least_escape_share:
        faults.append(f"{100 * fit.escape_share:.2g} % of the events in the argon escape line")
    return faults


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
    from helioscope_micromegas.observables import QUALITY

    bad = quality.excluding_mask(quality.COMMON + QUALITY)
    bad |= quality.EDGE.mask | quality.BAD_NEIGHBOUR.mask
    parts, times, marks = [], [], []
    for batch in run.batches():
        marks.append(np.asarray(batch["quality"]) & np.uint32(bad))
        kept = marks[-1] == 0
        if config.largest_radius_mm is not None:
            radius = np.hypot(np.asarray(batch["x_mm"]), np.asarray(batch["y_mm"]))
            kept &= radius < config.largest_radius_mm
        parts.append(batch[kept])
        times.append(np.asarray(batch["time_ns"]))
    events = int(sum(map(len, parts)))
    if events < config.minimum_events:
        raise InputError(
            where=f"run {run.setup.run.name}",
            found=f"{events} clean events{_left_out(marks)}",
            expected=f"at least {config.minimum_events}",
            remedy="look into what most events were left out for; else take a longer 55Fe run",
        )
    rows, time = ak.concatenate(parts), np.concatenate(times)
    charges = {name: np.asarray(rows[column], np.float64) for name, column in CHARGES.items()}
    finite = {name: charge for name, charge in charges.items() if np.isfinite(charge).all()}
    return int(time.min()) + (int(time.max()) - int(time.min())) // 2, finite


def _left_out(marks: list[NDArray[np.uint32]]) -> str:
    """Say how many of a run's events were left out, and the three bits that most of them had."""
    from helioscope.api import quality
    from helioscope_micromegas.observables import QUALITY

    joined = np.concatenate(marks) if marks else np.empty(0, np.uint32)
    counted = quality.counts(joined, quality.COMMON + QUALITY)
    most = sorted(counted.items(), key=lambda bit: -bit[1])[:3]
    named = "".join(f", {name} {number}" for name, number in most)
    return f" of {joined.size}{named}"


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
