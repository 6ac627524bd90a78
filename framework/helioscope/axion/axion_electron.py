"""The axion-electron (ABC) flux from a table that the user gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from helioscope.axion.constants import G10_PER_GEV, SECONDS_PER_DAY
from helioscope.axion.flux import SolarFlux
from helioscope.axion.tables import read_columns, require_increasing
from helioscope.errors import InputError

Array = NDArray[np.float64]

#: The axion-electron coupling to which the fluxes of this module refer.
REFERENCE_GAE = 1e-13
#: The coupling of the table of Redondo, JCAP 12 (2013) 008: g_ae = 0.511e-10.
REDONDO_GAE = 0.511e-10


def read_abc_flux(path: Path, disc_fraction: float = 1.0) -> SolarFlux:
    """Read an axion-electron spectrum.

    Parameters
    ----------
    path
        CSV with ``energy_kev, flux_per_cm2_s_kev`` at g_ae = 1e-13, or in the form of Redondo's
        table: ``e_lo_kev, e_hi_kev, flux_1e19_per_kev_cm2_day`` at g_ae = 0.511e-10.
    disc_fraction
        The share of the flux inside the spot: these axions come from further out than those of the
        Primakoff effect, and no table gives their image.

    Returns
    -------
    SolarFlux
        At g_ae = 1e-13; counts made with it scale with g_ae^2 g_ag^2.

    Raises
    ------
    InputError
        Where columns are missing, energies do not rise or a flux is negative.
    """
    if "flux_1e19" in (path.read_text(encoding="utf-8").lower() if path.is_file() else ""):
        table = read_columns(path, ("e_lo_kev", "e_hi_kev", "flux_1e19_per_kev_cm2_day"))
        energies = (table["e_lo_kev"] + table["e_hi_kev"]) / 2.0
        scale = 1e19 / SECONDS_PER_DAY * (REFERENCE_GAE / REDONDO_GAE) ** 2
        flux = table["flux_1e19_per_kev_cm2_day"] * scale
    else:
        table = read_columns(path, ("energy_kev", "flux_per_cm2_s_kev"))
        energies, flux = table["energy_kev"], table["flux_per_cm2_s_kev"]
    require_increasing(path, "energy", energies)
    if (flux < 0).any():
        raise InputError(where=str(path), found="a negative flux", expected="flux >= 0")

    def spectrum(energy_kev: ArrayLike) -> Array:
        value: Array = np.interp(np.asarray(energy_kev, float), energies, flux, left=0, right=0)
        return value

    def fraction(energy_kev: ArrayLike, _disc_rsun: float) -> Array:
        return np.full(np.shape(energy_kev), disc_fraction)

    return SolarFlux(f"ABC ({path.name})", str(path), spectrum, fraction)


def product_coupling(strength: float) -> float:
    """Turn a strength (counts over those at the reference couplings) into g_ae g_ag in 1/GeV."""
    return float(REFERENCE_GAE * G10_PER_GEV * max(strength, 0.0) ** 0.5)
