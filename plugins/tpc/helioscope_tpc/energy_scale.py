"""Energy scale and resolution over the chamber, from 55Fe in cells of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from helioscope.api import Calibrated, CalibrationInput, Column, Schema
from helioscope_tpc import lines
from helioscope_tpc.gains import single_clusters
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.source import SourceSettings, demand_source

TABLE = Schema(
    "tpc_energy_scale",
    1,
    (
        Column("column", "int16", "", "Cell across, from 0."),
        Column("row", "int16", "", "Cell up, from 0."),
        Column("x_mm", "float64", "mm", "Middle of the cell."),
        Column("y_mm", "float64", "mm", "Middle of the cell."),
        Column("scale", "float64", "", "True over measured energy; NaN with too few events."),
        Column("scale_err", "float64", "", "One standard deviation."),
        Column("resolution_fwhm", "float64", "", "Full width at half maximum at 5.9 keV."),
        Column("resolution_fwhm_err", "float64", "", "One standard deviation."),
        Column("events", "int64", "", "Events in the peak."),
    ),
)


class EnergyScaleSettings(SourceSettings):
    """How many cells the chamber is cut into, and how many events a cell must have."""

    columns: PositiveInt = Field(
        default=2, description="Parts of the window across with a scale of their own."
    )
    rows: PositiveInt = Field(default=4, description="Parts up.")
    minimum_events: PositiveInt = Field(
        default=80, description="Fewest events in the line of a part."
    )


def calibrate(
    settings: EnergyScaleSettings, runs: Mapping[str, list[CalibrationInput]]
) -> Calibrated:
    """Fit the 55Fe lines in every cell.

    Raises
    ------
    InputError
        Where a run is none of a source.
    """
    inputs = [one for group in runs.values() for one in group]
    config: TpcSettings = inputs[0].setup.config
    rows = ak.concatenate([_clusters(one, settings) for one in inputs])
    column = _cell(np.asarray(rows["x_mm"]), config.width_mm, settings.columns)
    row = _cell(np.asarray(rows["y_mm"]), config.height_mm, settings.rows)
    energy = np.asarray(rows["anode_charge_kev"]).astype(np.float64)
    cells: list[dict[str, Any]] = []
    for i in range(settings.columns):
        for j in range(settings.rows):
            fit = lines.fit(energy[(column == i) & (row == j)], settings.minimum_events)
            cells.append(
                {
                    "column": i,
                    "row": j,
                    "x_mm": ((i + 0.5) / settings.columns - 0.5) * config.width_mm,
                    "y_mm": ((j + 0.5) / settings.rows - 0.5) * config.height_mm,
                    "scale": 1.0 / fit.scale,
                    "scale_err": fit.scale_err / fit.scale**2,
                    "resolution_fwhm": 2.355 * fit.resolution,
                    "resolution_fwhm_err": 2.355 * fit.resolution_err,
                    "events": fit.events,
                }
            )
    table = ak.zip(
        {c.name: np.array([cell[c.name] for cell in cells], c.dtype) for c in TABLE.columns}
    )
    return Calibrated(table, cells)


def _clusters(one: CalibrationInput, settings: EnergyScaleSettings) -> ak.Array:
    """Give place and charge of the single clusters of a run of a source."""
    columns = ["x_mm", "y_mm", "anode_charge_kev"]
    rows = ak.concatenate([single_clusters(batch)[columns] for batch in one.batches()])
    charge = np.asarray(rows["anode_charge_kev"], np.float64)
    demand_source(lines.fit(charge), settings, one.setup.run.name)
    return rows


def _cell(place_mm: NDArray[np.float32], extent_mm: float, cells: int) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.floor((place_mm / extent_mm + 0.5) * cells).astype(np.int64)
    return found
