"""The built-in standard Sun: the Primakoff spectrum and image of AGSS09 as a short table.

The table holds what `helioscope.axion.primakoff` gives for AGSS09 (Serenelli et al., ApJ 705 (2009)
L123, arXiv:0909.2668); its header says how it was made. ``helioscope axion flux --solar-model FILE
--image OUT.csv`` writes the same table for any model.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from io import StringIO
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from helioscope.axion.flux import PARAMETRISATIONS, SolarFlux, primakoff_spectrum
from helioscope.axion.primakoff import CalculatedFlux
from helioscope.errors import OutputError

Array = NDArray[np.float64]

#: Energies (keV) and projected radii (solar radii) of the table.
TABLE_KEV = np.concatenate(
    (np.arange(0.1, 1.0, 0.05), np.arange(1.0, 4.0, 0.1), np.arange(4.0, 15.1, 0.25))
)
TABLE_RSUN = (0.03, 0.06, 0.09, 0.12, 0.15, 0.18, 0.21, 0.24, 0.27, 0.3, 0.35, 0.4, 0.5, 0.7, 1.0)

#: The flux that signals and limits take where the user names no other.
STANDARD = "agss09"


def standard_flux() -> SolarFlux:
    """Give the built-in flux of AGSS09 with its image."""
    return SolarFlux(
        name=STANDARD,
        source="Raffelt's screened rate on AGSS09 (Serenelli et al. 2009), built-in table",
        spectrum=_standard_spectrum,
        disc_fraction=standard_disc_fraction,
    )


def named_flux(name: str) -> SolarFlux:
    """Give a flux by its name: ``agss09``, or the year of a parametrisation.

    A parametrisation has no image of its own and takes that of AGSS09.

    Raises
    ------
    UsageError
        Where the name is unknown.
    """
    if name == STANDARD:
        return standard_flux()
    primakoff_spectrum(np.ones(1), name)
    source, spectrum = PARAMETRISATIONS[name]
    return SolarFlux(name, source, spectrum, standard_disc_fraction)


def standard_disc_fraction(energy_kev: ArrayLike, disc_rsun: float) -> Array:
    """Give the fraction of the flux from inside a projected radius, for AGSS09.

    Parameters
    ----------
    energy_kev
        Energies in keV, any shape.
    disc_rsun
        Radius on the solar disc, in solar radii; interpolated between those of the table.

    Returns
    -------
    float64 array
        Of the shape of the energies.
    """
    energies, _, radii, fractions = _table()
    # Fractions grow as the square of a small radius: the square root of each is interpolated.
    position = np.interp(disc_rsun, radii, np.arange(radii.size))
    low = int(min(position, radii.size - 2))
    share = (disc_rsun - radii[low]) / (radii[low + 1] - radii[low])
    rooted = np.sqrt(fractions[:, low : low + 2])
    column = np.minimum(rooted[:, 0] + min(share, 1.0) * (rooted[:, 1] - rooted[:, 0]), 1.0) ** 2
    fraction: Array = np.interp(np.asarray(energy_kev, float), energies, column)
    return fraction


def _standard_spectrum(energy_kev: ArrayLike) -> Array:
    energies, flux, _, _ = _table()
    energy = np.asarray(energy_kev, float)
    shape = energies**2.5 * np.exp(-energies / 1.2)
    ratio = np.interp(energy, energies, flux / shape)
    result: Array = ratio * energy**2.5 * np.exp(-energy / 1.2)
    return result


@cache
def _table() -> tuple[Array, Array, Array, Array]:
    """Give energies, flux, radii with 0 before them, and fractions (energies, radii)."""
    text = (files("helioscope.axion") / "agss09.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(line for line in StringIO(text) if not line.startswith("#")))
    radii = np.array([0.0] + [float(name.removeprefix("rho_")) for name in rows[0][2:]])
    table = np.array(rows[1:], float)
    fractions = np.column_stack((np.zeros(len(table)), table[:, 2:]))
    return table[:, 0], table[:, 1], radii, fractions


def write_image(flux: CalculatedFlux, path: Path, comment: str) -> None:
    """Write spectrum and image of a calculated flux in the form of the built-in table.

    Parameters
    ----------
    flux
        The flux of a solar model.
    path
        The CSV file to write.
    comment
        Lines that say what it is, without ``#``.

    Raises
    ------
    OutputError
        Where the file cannot be written.
    """
    columns = [TABLE_KEV, flux.spectrum(TABLE_KEV)]
    columns += [flux.disc_fraction(TABLE_KEV, radius) for radius in TABLE_RSUN]
    names = ["energy_kev", "flux_per_cm2_s_kev", *(f"rho_{radius:g}" for radius in TABLE_RSUN)]
    lines = [f"# {line}" for line in comment.splitlines()] + [",".join(names)]
    for row in np.column_stack(columns):
        cells = [f"{row[0]:.2f}", f"{row[1]:.5e}", *(f"{value:.5f}" for value in row[2:])]
        lines.append(",".join(cells))
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(where=str(path), found=str(error)) from error
