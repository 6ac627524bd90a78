"""The pressure scan: how wide a resonance is, which settings cover a range, what they reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.constants import CENTIMETRE_PER_EV, METRE_PER_EV
from helioscope.axion.conversion import conversion_probability
from helioscope.axion.flux import SolarFlux
from helioscope.axion.gas import (
    Equation,
    Isotope,
    absorption_per_cm,
    density_for_photon_mass,
    density_g_cm3,
    photon_mass_ev,
    pressure_mbar,
)
from helioscope.axion.likelihood import Likelihood
from helioscope.axion.limits import bayesian_limit, coupling
from helioscope.axion.measurement import Magnet
from helioscope.axion.vapour_pressure import saturation_pressure_mbar
from helioscope.errors import UsageError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PressureScan:
    """Settings of the gas, one step after another.

    Attributes
    ----------
    isotope, temperature_k
        The gas.
    pressure_mbar, density_g_cm3, mass_ev
        (steps,) of each setting; the mass is that of the resonance.
    spacing_mbar
        Between settings, at low density.
    width_mbar
        Full width at half maximum of a resonance, at low density.
    """

    isotope: Isotope
    temperature_k: float
    pressure_mbar: Array
    density_g_cm3: Array
    mass_ev: Array
    spacing_mbar: float
    width_mbar: float


def resonance_width_ev2(
    energy_kev: float, length_m: float, absorption_per_cm: float = 0.0
) -> float:
    """Give the full width at half maximum of the conversion against m^2, in eV^2.

    Without absorption it is 4 E x 2.783 / L, from sin^2(x)/x^2 = 1/2 at x = 1.3916.
    """
    from scipy.optimize import brentq

    damping = absorption_per_cm / CENTIMETRE_PER_EV * length_m * METRE_PER_EV

    def share(phase: float) -> float:
        amplitude = np.expm1(-damping / 2.0) ** 2
        amplitude += 4.0 * np.exp(-damping / 2.0) * np.sin(phase / 2.0) ** 2
        return float(amplitude / (phase**2 + damping**2 / 4.0))

    peak = share(1e-6)
    upper = 2.0
    while share(upper) > peak / 2.0:
        upper *= 1.2
    phase = brentq(lambda x: share(x) - peak / 2.0, 1e-6, upper)
    return float(4.0 * energy_kev * 1e3 * phase / (length_m * METRE_PER_EV))


def resonance_width_mbar(
    energy_kev: float, length_m: float, temperature_k: float, isotope: Isotope = "4He"
) -> float:
    """Give the width of a resonance as a step of pressure, for a thin ideal gas."""
    width_ev2 = resonance_width_ev2(energy_kev, length_m)
    density = float(density_for_photon_mass(np.sqrt(width_ev2), isotope))
    return float(pressure_mbar(density, temperature_k, isotope))


def plan_pressure_scan(
    lowest_mbar: float,
    highest_mbar: float,
    *,
    isotope: Isotope = "4He",
    temperature_k: float = 1.8,
    equation: Equation = "ideal",
    overlap: float = 0.1,
    energy_kev: float = 4.2,
    length_m: float = 9.26,
) -> PressureScan:
    """Plan the settings that cover a range of pressures.

    Settings are equally spaced in density, and so in m^2, where every resonance is equally wide.

    Parameters
    ----------
    lowest_mbar, highest_mbar
        The range; the first setting lies one step above its lower end.
    isotope, temperature_k, equation
        The gas.
    overlap
        Share of the width by which neighbours overlap: the spacing is (1 - overlap) times the full
        width at half maximum at `energy_kev`. Negative leaves gaps.
    energy_kev, length_m
        Axion energy and length of the field.

    Raises
    ------
    UsageError
        Where the range runs backwards or beyond the vapour pressure, or nothing overlaps.
    """
    if not (0 <= lowest_mbar < highest_mbar and -5.0 < overlap < 1.0):
        raise UsageError(
            where="pressure scan",
            found=f"{lowest_mbar:g} to {highest_mbar:g} mbar, overlap {overlap:g}",
            expected="a rising range and an overlap below 1",
        )
    if temperature_k < 3.0:
        saturation = saturation_pressure_mbar(temperature_k, isotope)
        if highest_mbar > saturation:
            raise UsageError(
                where="pressure scan",
                found=f"{highest_mbar:g} mbar",
                expected=f"at most {saturation:.2f} mbar, the vapour pressure of {isotope} at "
                f"{temperature_k:g} K",
            )
    width = resonance_width_mbar(energy_kev, length_m, temperature_k, isotope)
    spacing = width * (1.0 - overlap)
    step = float(density_g_cm3(spacing, temperature_k, isotope))
    ends = density_g_cm3(np.array([lowest_mbar, highest_mbar]), temperature_k, isotope, equation)
    count = max(int((ends[1] - ends[0]) / step + 1e-9), 1)
    density = ends[0] + step * np.arange(1, count + 1)
    return PressureScan(
        isotope=isotope,
        temperature_k=temperature_k,
        pressure_mbar=pressure_mbar(density, temperature_k, isotope, equation),
        density_g_cm3=density,
        mass_ev=photon_mass_ev(density, isotope),
        spacing_mbar=spacing,
        width_mbar=width,
    )


def scan_sensitivity(
    scan: PressureScan,
    flux: SolarFlux,
    mass_ev: Array,
    *,
    magnet: Magnet,
    hours_per_step: float,
    area_cm2: float,
    background_per_hour: float,
    energy_range_kev: tuple[float, float] = (1.0, 7.0),
) -> Array:
    """Give the limit on g_ag that a scan would reach with counts equal to the background.

    Parameters
    ----------
    scan
        The settings.
    flux
        The solar axions.
    mass_ev
        (m,) axion masses in eV.
    magnet
        Field and length.
    hours_per_step
        Time on the Sun at each setting.
    area_cm2
        Effective area, the same at every energy of the range.
    background_per_hour
        Counts per hour in the range.
    energy_range_kev
        Where photons are counted.

    Returns
    -------
    float64 array, (m,)
        95 % limits in 1/GeV, all settings combined.
    """
    energy, step = np.linspace(*energy_range_kev, 61, retstep=True)
    weight = flux.spectrum(energy) * area_cm2 * hours_per_step * 3600.0 * step
    absorption = absorption_per_cm(energy, 1.0, scan.isotope)
    background = np.full(scan.mass_ev.size, background_per_hour * hours_per_step)
    zeros = np.zeros_like(background)
    found = []
    for mass in mass_ev:
        signal = [
            float((weight * conversion_probability(
                energy,
                field_t=magnet.field_t,
                length_m=magnet.length_m,
                mass_ev=mass,
                photon_mass_ev=float(photon),
                absorption_per_cm=absorption * density,
                energy_step_kev=float(step),
            )).sum())
            for photon, density in zip(scan.mass_ev, scan.density_g_cm3, strict=True)
        ]  # fmt: skip
        likelihood = Likelihood(background, background, zeros, zeros, np.array(signal))
        found.append(coupling(bayesian_limit(likelihood)))
    return np.array(found)
