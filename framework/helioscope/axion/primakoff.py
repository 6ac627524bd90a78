"""The Primakoff flux from a solar model, by Raffelt's screened rate."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from helioscope.axion.constants import (
    AU_CM,
    BOLTZMANN_EV_PER_K,
    CENTIMETRE_PER_EV,
    EV_PER_GEV,
    FINE_STRUCTURE,
    G10_PER_GEV,
    HBAR_EV_S,
    SUN_RADIUS_CM,
)
from helioscope.axion.flux import SolarFlux
from helioscope.axion.solar_model import SolarModel

Array = NDArray[np.float64]

#: Energies (keV) at which a model is calculated; between them it is interpolated.
GRID_KEV = np.concatenate((np.arange(0.02, 1.0, 0.02), np.arange(1.0, 30.01, 0.05)))


def emission(model: SolarModel, energy_kev: Array) -> Array:
    """Give the axions emitted by each shell of the Sun, as they arrive at 1 AU.

    4 pi r^2 (E^2/pi^2) Gamma / (exp(E/T) - 1) / (4 pi D^2), with the rate Gamma = g^2 T k^2 /
    (32 pi) [(1 + k^2/4E^2) ln(1 + 4E^2/k^2) - 1] and the screening scale k^2 = (4 pi alpha / T)
    (sum Z^2 n_ion + n_e): Raffelt, Phys. Rev. D 33 (1986) 897; 37 (1988) 1356; as in CAST, JCAP 04
    (2007) 010, appendix.

    Parameters
    ----------
    model
        The Sun.
    energy_kev
        (n,) energies in keV.

    Returns
    -------
    float64 array, (n, rows)
        Per cm^2, s, keV and solar radius, for g_ag = 1e-10 per GeV.
    """
    energy = np.asarray(energy_kev, float)[:, None] * 1e3
    temperature = model.temperature_k[None, :] * BOLTZMANN_EV_PER_K
    charges_ev3 = model.screening_charges_per_cm3()[None, :] / CENTIMETRE_PER_EV**3
    screening = 4.0 * np.pi * FINE_STRUCTURE * charges_ev3 / temperature
    ratio = screening / (4.0 * energy**2)
    bracket = (1.0 + ratio) * np.log1p(1.0 / ratio) - 1.0
    coupling = G10_PER_GEV / EV_PER_GEV
    rate = coupling**2 * temperature * screening / (32.0 * np.pi) * bracket
    with np.errstate(over="ignore"):
        per_volume = energy**2 / np.pi**2 * rate / np.expm1(energy / temperature)  # eV^3
    per_cm3_s_kev = per_volume * CENTIMETRE_PER_EV**3 / HBAR_EV_S * 1e3
    shell_cm2 = 4.0 * np.pi * (model.radius_rsun[None, :] * SUN_RADIUS_CM) ** 2
    arriving: Array = per_cm3_s_kev * shell_cm2 * SUN_RADIUS_CM / (4.0 * np.pi * AU_CM**2)
    return arriving


def inside_disc(radius_rsun: ArrayLike, disc_rsun: float) -> Array:
    """Give the part of a thin shell that is seen inside a projected radius.

    A shell of radius r is seen inside rho in two polar caps, 1 - sqrt(1 - (rho/r)^2) of its area;
    one of radius below rho is seen whole.
    """
    ratio = np.minimum(disc_rsun / np.maximum(np.asarray(radius_rsun, float), 1e-12), 1.0)
    part: Array = 1.0 - np.sqrt(1.0 - ratio**2)
    return part


class CalculatedFlux:
    """The Primakoff flux of one solar model, with its image at every energy.

    Parameters
    ----------
    model
        The Sun.
    """

    def __init__(self, model: SolarModel) -> None:
        self.model = model

    @cached_property
    def _shells(self) -> tuple[Array, Array]:
        """A fine grid of radii and the emission on it, (energies, radii)."""
        model = self.model
        radius = np.linspace(0.0, float(model.radius_rsun[-1]), 2001)
        fine = SolarModel(
            model.name,
            radius,
            np.interp(radius, model.radius_rsun, model.temperature_k),
            np.exp(np.interp(radius, model.radius_rsun, np.log(model.density_g_cm3))),
            {k: np.interp(radius, model.radius_rsun, v) for k, v in model.abundances.items()},
        )
        return radius, emission(fine, GRID_KEV)

    @cached_property
    def _spectrum(self) -> Array:
        radius, shells = self._shells
        total: Array = np.asarray(np.trapezoid(shells, radius, axis=1))
        return total

    def spectrum(self, energy_kev: ArrayLike) -> Array:
        """Give the flux per cm^2, s and keV at 1 AU for g10 = 1; energies in keV, any shape."""
        energy = np.asarray(energy_kev, float)
        # The ratio to a smooth shape is interpolated: the spectrum itself bends too much.
        shape = GRID_KEV**2.5 * np.exp(-GRID_KEV / 1.2)
        ratio = np.interp(energy, GRID_KEV, self._spectrum / shape)
        flux: Array = ratio * energy**2.5 * np.exp(-energy / 1.2)
        return flux

    def disc_fraction(self, energy_kev: ArrayLike, disc_rsun: float) -> Array:
        """Give the fraction of the flux at each energy (keV) from inside a projected radius."""
        radius, shells = self._shells
        inside = np.trapezoid(shells * inside_disc(radius, disc_rsun), radius, axis=1)
        fraction: Array = np.interp(
            np.asarray(energy_kev, float), GRID_KEV, inside / self._spectrum
        )
        return fraction

    def total_disc_fraction(self, disc_rsun: float) -> float:
        """Give the fraction of the whole number of axions from inside a projected radius."""
        inside = self._spectrum * self.disc_fraction(GRID_KEV, disc_rsun)
        return float(np.trapezoid(inside, GRID_KEV) / np.trapezoid(self._spectrum, GRID_KEV))

    def as_flux(self) -> SolarFlux:
        """Give it in the form that the signal takes."""
        return SolarFlux(
            name=self.model.name,
            source=f"Raffelt's screened rate on the solar model {self.model.name}",
            spectrum=self.spectrum,
            disc_fraction=self.disc_fraction,
        )
