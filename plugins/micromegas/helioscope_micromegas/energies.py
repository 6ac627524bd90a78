"""The last step of the reconstruction: from the charges of rows to their energies."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import Rescale, with_columns
from helioscope_micromegas import observables
from helioscope_micromegas.energy_scale import Scale

#: The column of the charge by what gives the energy.
CHARGES = {"strips": "energy_adu", "mesh": "mesh_integral_adu_ns"}

_LINE_KEV = 5.9
_FWHM_PER_SIGMA = 2.3548


def energies(scale: Scale, energy_from: str) -> Rescale:
    """Give the function that puts energies by a scale into rows of observables."""

    def rescale(rows: ak.Array) -> ak.Array:
        per_kev = scale.at(np.asarray(rows["time_ns"]))
        kev = {
            source: np.asarray(rows[name], np.float64) / per_kev[source]
            for source, name in CHARGES.items()
        }
        energy = np.where(np.isfinite(kev[energy_from]), np.maximum(kev[energy_from], 0.0), 0.0)
        fwhm = scale.fwhm[energy_from]
        columns: dict[str, NDArray[np.generic]] = {
            "energy_kev": energy,
            "energy_err_kev": fwhm / _FWHM_PER_SIGMA * np.sqrt(_LINE_KEV * energy),
            "energy_strips_kev": kev["strips"],
            "energy_mesh_kev": kev["mesh"],
            "mesh_strip_ratio": _ratio(kev["mesh"], kev["strips"]),
            "quality": _marked(np.asarray(rows["quality"]), scale.calibrated),
        }
        return with_columns(rows, columns)

    return rescale


def _ratio(mesh_kev: NDArray[np.float64], strips_kev: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give mesh over strips; 0 without strips, NaN without a mesh."""
    start = np.where(np.isnan(mesh_kev), np.nan, 0.0)
    ratio: NDArray[np.float64] = np.divide(mesh_kev, strips_kev, out=start, where=strips_kev > 0)
    return ratio


def _marked(quality: NDArray[np.uint32], calibrated: bool) -> NDArray[np.uint32]:
    nominal = np.uint32(observables.NOMINAL_ENERGY.mask)
    return quality & ~nominal if calibrated else quality | nominal
