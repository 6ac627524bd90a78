"""Polarised light in a transverse field: what an axion-like particle or QED would do to it.

The particle's rotation and ellipticity are those of Raffelt and Stodolsky, Phys. Rev. D 37 (1988)
1237; the measurement is that of PVLAS, hep-ex/0507107 (PRL 96 (2006) 110406), whose particle
interpretation PVLAS itself excluded later (Phys. Rev. D 77 (2008) 032006).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from helioscope.axion.constants import (
    ELECTRON_MASS_EV,
    EV_PER_GEV,
    FINE_STRUCTURE,
    HBAR_C_EV_M,
    METRE_PER_EV,
    TESLA_EV2,
)

Array = NDArray[np.float64]

#: Rotation per pass that PVLAS reported in 2005, with its error, in rad, for 5 T and 1 m.
PVLAS_2005_ROTATION_RAD = (3.9e-12, 0.5e-12)
#: Masses (eV) and couplings (1/GeV) of the particle interpretation, as in the slides.
PVLAS_2005_MASS_EV = (0.7e-3, 2.0e-3)
PVLAS_2005_G_PER_GEV = (1.6e-6, 1e-5)


def photon_energy_ev(wavelength_nm: float) -> float:
    """Give the energy of light in eV."""
    return 2.0 * np.pi * HBAR_C_EV_M / (wavelength_nm * 1e-9)


def rotation_rad(
    mass_ev: ArrayLike,
    g_per_gev: ArrayLike,
    *,
    field_t: float = 5.0,
    length_m: float = 1.0,
    wavelength_nm: float = 1064.0,
    passes: float = 1.0,
) -> Array:
    """Give the rotation of light polarised at 45 degrees to the field.

    N (g B L / 4)^2 [sin(x)/x]^2 with x = m^2 L / (4 w).

    Parameters
    ----------
    mass_ev, g_per_gev
        Mass and two-photon coupling of the particle; broadcast.
    field_t, length_m
        Field and its length.
    wavelength_nm
        Of the light.
    passes
        Passes through the field.
    """
    length = length_m * METRE_PER_EV
    x = np.square(mass_ev) * length / (4.0 * photon_energy_ev(wavelength_nm))
    amplitude = np.asarray(g_per_gev, float) / EV_PER_GEV * field_t * TESLA_EV2 * length / 4.0
    rotation: Array = passes * amplitude**2 * np.sinc(x / np.pi) ** 2
    return rotation


def ellipticity(
    mass_ev: ArrayLike,
    g_per_gev: ArrayLike,
    *,
    field_t: float = 5.0,
    length_m: float = 1.0,
    wavelength_nm: float = 1064.0,
    passes: float = 1.0,
) -> Array:
    """Give the ellipticity that a particle causes: N g^2 B^2 w L / (4 m^2) [1 - sin(2x)/(2x)].

    Parameters are those of `rotation_rad`; the mass is above zero.
    """
    length = length_m * METRE_PER_EV
    omega = photon_energy_ev(wavelength_nm)
    squares = np.square(np.asarray(mass_ev, float))
    x = squares * length / (4.0 * omega)
    strength = (np.asarray(g_per_gev, float) / EV_PER_GEV * field_t * TESLA_EV2) ** 2
    # 1 - sin(2x)/(2x) cancels for a light particle: its series there is 2 x^2 / 3.
    bracket = np.where(x < 1e-3, 2.0 * x**2 / 3.0, 1.0 - np.sinc(2.0 * x / np.pi))
    result: Array = passes * strength * omega * length / (4.0 * squares) * bracket
    return result


def qed_ellipticity(
    *,
    field_t: float = 5.5,
    length_m: float = 1.0,
    wavelength_nm: float = 1064.0,
    passes: float = 44000.0,
) -> float:
    """Give the ellipticity of vacuum in QED, N pi L dn / lambda with dn = 3 A_e B^2.

    A_e = 2 alpha^2 / (45 m_e^4) (Heisenberg and Euler 1936; Adler, Ann. Phys. 67 (1971) 599), here
    per tesla squared: 1.32e-24.
    """
    a_e = 2.0 * FINE_STRUCTURE**2 / (45.0 * ELECTRON_MASS_EV**4) * TESLA_EV2**2
    birefringence = 3.0 * a_e * field_t**2
    return float(passes * np.pi * length_m * birefringence / (wavelength_nm * 1e-9))


def coupling_for_rotation(
    rotation_per_pass_rad: float,
    mass_ev: ArrayLike = 0.0,
    *,
    field_t: float = 5.0,
    length_m: float = 1.0,
    wavelength_nm: float = 1064.0,
) -> Array:
    """Give the coupling in 1/GeV at which a particle rotates light by a given angle per pass."""
    per_unit = rotation_rad(
        mass_ev, 1.0, field_t=field_t, length_m=length_m, wavelength_nm=wavelength_nm
    )
    g: Array = np.sqrt(rotation_per_pass_rad / per_unit)
    return g


def region_2005() -> tuple[Array, Array, Array]:
    """Give the band of the PVLAS 2005 rotation: masses (eV), lower and upper coupling (1/GeV).

    The couplings that turn light by the measured rotation within two standard deviations, at the
    masses of the slides' region.
    """
    mass = np.geomspace(*PVLAS_2005_MASS_EV, 60)
    value, error = PVLAS_2005_ROTATION_RAD
    lower = coupling_for_rotation(value - 2.0 * error, mass)
    upper = coupling_for_rotation(value + 2.0 * error, mass)
    return mass, lower, upper
