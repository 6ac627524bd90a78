"""The buffer gas in the magnet bore: density, photon mass, absorption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from helioscope.axion.constants import (
    AVOGADRO_PER_MOL,
    CENTIMETRE_PER_EV,
    ELECTRON_MASS_EV,
    FINE_STRUCTURE,
    GAS_CONSTANT_J_PER_MOL_K,
)
from helioscope.errors import UsageError

Array = NDArray[np.float64]
Isotope = Literal["4He", "3He"]
Equation = Literal["ideal", "real"]
Attenuation = Literal["photo", "total"]

#: Molar masses in g/mol (AME2020). Both isotopes have two electrons.
MOLAR_MASS_G: dict[Isotope, float] = {"4He": 4.002603254, "3He": 3.016029322}
HELIUM_ELECTRONS = 2


@dataclass(frozen=True)
class BufferGas:
    """The gas in the bore, given by its density.

    Attributes
    ----------
    isotope
        ``4He`` or ``3He``.
    density_g_cm3
        Mass density in g/cm^3.
    attenuation
        What takes photons away: photo-absorption, or scattering as well.
    """

    isotope: Isotope
    density_g_cm3: float
    attenuation: Attenuation = "photo"

    @property
    def photon_mass_ev(self) -> float:
        """The effective photon mass in eV."""
        return float(photon_mass_ev(self.density_g_cm3, self.isotope))

    def absorption_per_cm(self, energy_kev: ArrayLike) -> Array:
        """Give the inverse absorption length per cm at energies in keV."""
        return absorption_per_cm(energy_kev, self.density_g_cm3, self.isotope, self.attenuation)


def photon_mass_ev(density_g_cm3: ArrayLike, isotope: Isotope = "4He") -> Array:
    """Give the effective photon mass of a gas, sqrt(4 pi alpha n_e / m_e), in eV.

    Above 1 keV the electrons of helium are free to 0.1 % (the form factor f1 is 2.0).

    Parameters
    ----------
    density_g_cm3
        Mass density in g/cm^3.
    isotope
        ``4He`` or ``3He``.
    """
    moles = np.asarray(density_g_cm3, float) / MOLAR_MASS_G[isotope]
    electrons_ev3 = HELIUM_ELECTRONS * AVOGADRO_PER_MOL * moles / CENTIMETRE_PER_EV**3
    mass: Array = np.sqrt(4.0 * np.pi * FINE_STRUCTURE * electrons_ev3 / ELECTRON_MASS_EV)
    return mass


def density_for_photon_mass(mass_ev: ArrayLike, isotope: Isotope = "4He") -> Array:
    """Give the density (g/cm^3) at which the photon mass has a value in eV."""
    density: Array = (
        np.square(np.asarray(mass_ev, float)) / float(photon_mass_ev(1.0, isotope)) ** 2
    )
    return density


def virial_coefficients(temperature_k: float, isotope: Isotope) -> tuple[float, float]:
    """Give the second and third virial coefficients, in cm^3/mol and cm^6/mol^2.

    4He: B = 23.05 - 421.77/T (Keller, Phys. Rev. 97 (1955) 1; 98 (1955) 1571). 3He: B = 4.942 -
    270.986/T and C = 2866/sqrt(T), the equation of the 1962 3He scale (Roberts, Sherman and
    Sydoriak, J. Res. NBS 68A (1964) 567). Both were measured between 1.5 and 4 K; C of 4He is not
    known well at these temperatures and is taken as zero: at 16 mbar it would change 0.02 %.
    """
    if isotope == "4He":
        return 23.05 - 421.77 / temperature_k, 0.0
    return 4.942 - 270.986 / temperature_k, 2866.0 / np.sqrt(temperature_k)


def density_g_cm3(
    pressure_mbar: ArrayLike,
    temperature_k: float,
    isotope: Isotope = "4He",
    equation: Equation = "ideal",
) -> Array:
    """Give the density of helium from its pressure and temperature.

    Parameters
    ----------
    pressure_mbar
        Pressures in mbar, any shape.
    temperature_k
        Temperature in kelvin.
    isotope
        ``4He`` or ``3He``.
    equation
        ``ideal``, or ``real`` with the virial expansion p = RTn (1 + Bn + Cn^2).

    Returns
    -------
    float64 array
        g/cm^3.

    Raises
    ------
    UsageError
        Where pressure or temperature is not positive, or the virial expansion has no gas there.
    """
    pressure = np.asarray(pressure_mbar, float)
    if not (temperature_k > 0 and (pressure >= 0).all()):
        raise UsageError(
            where="gas", found=f"{pressure} mbar at {temperature_k} K", expected="positive values"
        )
    rt = GAS_CONSTANT_J_PER_MOL_K * temperature_k * 1e4  # mbar cm^3 / mol
    moles = pressure / rt
    if equation == "real":
        moles = _virial_density(moles, *virial_coefficients(temperature_k, isotope))
    density: Array = moles * MOLAR_MASS_G[isotope]
    return density


def _virial_density(ideal: Array, b_cm3: float, c_cm6: float) -> Array:
    """Solve n (1 + B n + C n^2) = n_ideal from the gas side, by Newton's method."""
    density = np.array(ideal, float)
    for _ in range(50):
        slope = 1.0 + 2.0 * b_cm3 * density + 3.0 * c_cm6 * density**2
        if (slope <= 0.05).any():
            raise UsageError(
                where="gas, equation = real",
                found="a pressure beyond the virial expansion",
                expected="a gas below its saturation",
                remedy="lower the pressure or use the ideal equation",
            )
        excess = density * (1.0 + b_cm3 * density + c_cm6 * density**2) - ideal
        density = density - excess / slope
    return density


def pressure_mbar(
    gas_density_g_cm3: ArrayLike,
    temperature_k: float,
    isotope: Isotope = "4He",
    equation: Equation = "ideal",
) -> Array:
    """Give the pressure (mbar) of helium from its density (g/cm^3) and temperature (K)."""
    moles = np.asarray(gas_density_g_cm3, float) / MOLAR_MASS_G[isotope]
    b_cm3, c_cm6 = virial_coefficients(temperature_k, isotope) if equation == "real" else (0.0, 0.0)
    rt = GAS_CONSTANT_J_PER_MOL_K * temperature_k * 1e4
    pressure: Array = rt * moles * (1.0 + b_cm3 * moles + c_cm6 * moles**2)
    return pressure


def absorption_per_cm(
    energy_kev: ArrayLike,
    gas_density_g_cm3: float,
    isotope: Isotope = "4He",
    kind: Attenuation = "photo",
) -> Array:
    """Give the inverse absorption length of X-rays in helium, per cm.

    From the tables of Chantler (NIST FFAST) in xraydb, per atom, so that 3He has 4.0/3.0 of the
    value of 4He per gram.

    Parameters
    ----------
    energy_kev
        Energies in keV, any shape.
    gas_density_g_cm3
        Density.
    isotope
        ``4He`` or ``3He``.
    kind
        ``photo`` for photo-absorption; ``total`` with scattering, which in helium is the larger
        part above 4 keV and takes a photon out of the beam where it leaves the telescope's view.
    """
    import xraydb

    energy = np.atleast_1d(np.asarray(energy_kev, float))
    if not energy.size:
        return np.zeros(energy.shape)
    table = xraydb.mu_chantler("He", energy.ravel() * 1e3, photo=kind == "photo")
    moles = gas_density_g_cm3 / MOLAR_MASS_G[isotope]
    absorption: Array = np.asarray(table, float) * MOLAR_MASS_G["4He"] * moles
    return absorption.reshape(np.shape(energy_kev))
