"""What X-rays pass on their way into the detector: windows, strongbacks, the conversion gas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from helioscope.axion.constants import GAS_CONSTANT_J_PER_MOL_K
from helioscope.errors import UsageError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """A foil: chemical formula, density in g/cm^3, thickness in micrometres."""

    formula: str
    density_g_cm3: float
    thickness_um: float


@dataclass(frozen=True)
class Window:
    """Foils on one another, on a strongback that leaves a fraction open.

    A strongback of its own material may be given; where it covers the foils, X-rays pass both.
    """

    layers: tuple[Layer, ...]
    open_fraction: float = 1.0
    strongback: Layer | None = None

    def transmission(self, energy_kev: ArrayLike) -> Array:
        """Give the fraction of X-rays that passes, at energies in keV."""
        foils = np.ones(np.shape(energy_kev))
        for layer in self.layers:
            foils = foils * transmission(layer, energy_kev)
        ribs: Array | float = 0.0
        if self.strongback is not None:
            ribs = transmission(self.strongback, energy_kev)
        passed: Array = foils * (self.open_fraction + (1.0 - self.open_fraction) * ribs)
        return passed


#: The cold window of CAST: 15 um of polypropylene (slides of 2005, requirements).
COLD_WINDOW_FOIL = Layer("C3H6", 0.9, 15.0)


def attenuation_per_cm(formula: str, density_g_cm3: float, energy_kev: ArrayLike) -> Array:
    """Give the inverse absorption length per cm of a material, by the tables of Elam in xraydb.

    Raises
    ------
    UsageError
        Where the formula is no chemical formula.
    """
    import xraydb

    energy = np.atleast_1d(np.asarray(energy_kev, float)) * 1e3
    try:
        mu = xraydb.material_mu(formula, energy, density=density_g_cm3, kind="photo")
    except (ValueError, AttributeError, KeyError) as error:
        raise UsageError(
            where="material", found=f"'{formula}'", expected="a chemical formula such as C3H6"
        ) from error
    attenuation: Array = np.asarray(mu, float).reshape(np.shape(energy_kev))
    return attenuation


def transmission(layer: Layer, energy_kev: ArrayLike) -> Array:
    """Give the fraction of X-rays that passes a foil, at energies in keV."""
    mu = attenuation_per_cm(layer.formula, layer.density_g_cm3, energy_kev)
    passed: Array = np.exp(-mu * layer.thickness_um * 1e-4)
    return passed


def gas_density_g_cm3(molar_mass_g: float, pressure_bar: float, temperature_k: float) -> float:
    """Give the density of an ideal gas."""
    return molar_mass_g * pressure_bar * 1e5 / (GAS_CONSTANT_J_PER_MOL_K * temperature_k) * 1e-6


def gas_conversion(
    energy_kev: ArrayLike,
    mixture: dict[str, float],
    depth_cm: float,
    pressure_bar: float = 1.0,
    temperature_k: float = 293.15,
) -> Array:
    """Give the fraction of X-rays that convert in a detector's gas.

    Parameters
    ----------
    energy_kev
        Energies in keV.
    mixture
        Formula to its share by volume, for example ``{"Ar": 0.95, "C4H10": 0.05}``.
    depth_cm
        Depth of the gas along the beam.
    pressure_bar, temperature_k
        State of the gas.

    Raises
    ------
    UsageError
        Where the shares do not sum to 1.
    """
    if abs(sum(mixture.values()) - 1.0) > 1e-3:
        raise UsageError(
            where="gas mixture", found=f"shares that sum to {sum(mixture.values()):g}", expected="1"
        )
    mu = np.zeros(np.shape(energy_kev))
    for formula, share in mixture.items():
        density = gas_density_g_cm3(_molar_mass_g(formula), share * pressure_bar, temperature_k)
        mu = mu + attenuation_per_cm(formula, density, energy_kev)
    converted: Array = -np.expm1(-mu * depth_cm)
    return converted


def _molar_mass_g(formula: str) -> float:
    import xraydb

    try:
        counts = xraydb.chemparse(formula)
    except ValueError as error:
        raise UsageError(
            where="material", found=f"'{formula}'", expected="a chemical formula such as C4H10"
        ) from error
    return float(sum(xraydb.atomic_mass(element) * n for element, n in counts.items()))
