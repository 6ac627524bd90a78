"""The solar axion flux at the Earth: published Primakoff spectra, and what follows from any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.constants import AU_CM, ERG_PER_KEV, SUN_LUMINOSITY_ERG_PER_S
from helioscope.errors import UsageError, nearest

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SolarFlux:
    """A solar axion spectrum with its image, for g_ag = 1e-10 per GeV at 1 AU.

    Attributes
    ----------
    name
        How it is called on the command line.
    source
        Where it comes from.
    spectrum
        Energies (keV, any shape) to flux per cm^2, s and keV.
    disc_fraction
        Energies (keV) and a projected radius (solar radii) to the fraction of the flux at each
        energy that comes from inside that radius on the solar disc.
    """

    name: str
    source: str
    spectrum: Callable[[Array], Array]
    disc_fraction: Callable[[Array, float], Array]


@dataclass(frozen=True)
class FluxSummary:
    """Integrals of a spectrum over energy, at g10 = 1."""

    total_per_cm2_s: float
    mean_energy_kev: float
    peak_energy_kev: float
    luminosity_lsun: float


def _planck(norm: float, temperature_kev: float) -> Callable[[Array], Array]:
    def spectrum(energy_kev: Array) -> Array:
        energy = np.asarray(energy_kev, float)
        with np.errstate(over="ignore"):
            flux: Array = norm * energy**3 / np.expm1(energy / temperature_kev)
        return flux

    return spectrum


def _gamma(norm: float, power: float, slope_per_kev: float) -> Callable[[Array], Array]:
    def spectrum(energy_kev: Array) -> Array:
        energy = np.asarray(energy_kev, float)
        flux: Array = norm * energy**power * np.exp(-slope_per_kev * energy)
        return flux

    return spectrum


#: Year -> (source, spectrum in 1/(cm^2 s keV) at g10 = 1 and 1 AU for energies in keV).
PARAMETRISATIONS: dict[str, tuple[str, Callable[[Array], Array]]] = {
    "1989": (
        "van Bibber et al., Phys. Rev. D 39 (1989) 2089",
        _planck(4.02e10, 1.08),
    ),
    "2005": (
        "CAST, Phys. Rev. Lett. 94 (2005) 121301, eq. 1",
        _planck(3.821e10, 1.103),
    ),
    "2007": (
        "CAST, JCAP 04 (2007) 010, eq. 2.1 (BP2004)",
        _gamma(6.02e10, 2.481, 1.0 / 1.205),
    ),
    # 2.0e18 (g / 1e-12)^2 per m^2, year and keV: 1e4 for g10 = 1, 1e4 cm^2, 3.15576e7 s.
    "2013": (
        "CAST, JCAP 05 (2013) 010, eq. 3.1 (AGSS09)",
        _gamma(2.0e18 * 1e4 / 1e4 / 3.15576e7, 2.450, 0.829),
    ),
}


def primakoff_spectrum(energy_kev: Array, parametrisation: str = "2007") -> Array:
    """Give a published Primakoff spectrum at the Earth.

    Parameters
    ----------
    energy_kev
        Energies in keV, any shape, above zero.
    parametrisation
        ``1989``, ``2005``, ``2007`` or ``2013``; the sources stand in `PARAMETRISATIONS`.

    Returns
    -------
    float64 array
        Flux per cm^2, s and keV for g_ag = 1e-10 per GeV at 1 AU; it scales with g_ag^2.

    Raises
    ------
    UsageError
        Where the parametrisation is none of these.
    """
    if parametrisation not in PARAMETRISATIONS:
        raise UsageError(
            where="parametrisation",
            found=f"'{parametrisation}'",
            expected=f"one of {', '.join(PARAMETRISATIONS)}",
            remedy=nearest(parametrisation, list(PARAMETRISATIONS)),
        )
    return PARAMETRISATIONS[parametrisation][1](energy_kev)


def summarise(
    spectrum: Callable[[Array], Array], lower_kev: float = 1e-3, upper_kev: float = 30.0
) -> FluxSummary:
    """Integrate a spectrum over energy.

    Parameters
    ----------
    spectrum
        Energies (keV) to flux per cm^2, s and keV at 1 AU.
    lower_kev, upper_kev
        The range of the integrals.

    Returns
    -------
    FluxSummary
        Total flux per cm^2 and s, mean and most probable energy, and the luminosity in units of
        the Sun's, 4 pi (1 AU)^2 int E flux dE / L_sun.
    """
    energy = np.linspace(lower_kev, upper_kev, 6001)
    flux = spectrum(energy)
    total = float(np.trapezoid(flux, energy))
    power = float(np.trapezoid(flux * energy, energy))
    luminosity = 4.0 * np.pi * AU_CM**2 * power * ERG_PER_KEV / SUN_LUMINOSITY_ERG_PER_S
    return FluxSummary(total, power / total, float(energy[np.argmax(flux)]), luminosity)
