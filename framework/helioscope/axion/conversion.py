"""The probability that an axion becomes a photon in a transverse magnetic field."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from helioscope.axion.constants import (
    CENTIMETRE_PER_EV,
    EV_PER_GEV,
    G10_PER_GEV,
    METRE_PER_EV,
    TESLA_EV2,
)

Array = NDArray[np.float64]


def momentum_transfer_ev(
    mass_ev: ArrayLike, energy_kev: ArrayLike, photon_mass_ev: float = 0.0
) -> Array:
    """Give the momentum transfer q = |m_gamma^2 - m_a^2| / 2E in eV (van Bibber 1989, eq. 10)."""
    squares = np.square(np.asarray(mass_ev, float))
    transfer: Array = np.abs(photon_mass_ev**2 - squares) / (2e3 * np.asarray(energy_kev, float))
    return transfer


def conversion_probability(
    energy_kev: ArrayLike,
    *,
    field_t: float,
    length_m: float,
    mass_ev: ArrayLike = 0.0,
    photon_mass_ev: float = 0.0,
    absorption_per_cm: ArrayLike = 0.0,
    energy_step_kev: ArrayLike = 0.0,
    g_per_gev: float = G10_PER_GEV,
) -> Array:
    """Give the conversion probability in vacuum or in a homogeneous, absorbing buffer gas.

    (g B / 2)^2 / (q^2 + G^2/4) [1 + exp(-G L) - 2 exp(-G L / 2) cos(q L)], after van Bibber et
    al., Phys. Rev. D 39 (1989) 2089, eq. 11; for G -> 0 it is (g B L / 2)^2 [sin(x)/x]^2 with
    x = q L / 2 (Sikivie, Phys. Rev. Lett. 51 (1983) 1415).

    Parameters
    ----------
    energy_kev
        Axion energies in keV.
    field_t, length_m
        Transverse field in tesla over a length in metres.
    mass_ev
        Axion masses in eV; broadcast against the energies.
    photon_mass_ev
        Effective photon mass in the gas, in eV; 0 in vacuum.
    absorption_per_cm
        Inverse absorption length G of the gas at each energy, per cm.
    energy_step_kev
        Where the result is integrated over energy in steps: their width. The oscillation is then
        averaged over each step, so that it cannot alias when a step holds many of its periods.
    g_per_gev
        Coupling in 1/GeV.

    Returns
    -------
    float64 array
        Probability, of the broadcast shape.
    """
    energy = np.asarray(energy_kev, float)
    length = length_m * METRE_PER_EV
    phase = momentum_transfer_ev(mass_ev, energy, photon_mass_ev) * length
    damping = np.asarray(absorption_per_cm, float) / CENTIMETRE_PER_EV * length
    # np.sinc(x / pi) = sin(x) / x: the mean of the cosine over the change of phase in a step.
    blur = np.sinc(phase * np.asarray(energy_step_kev, float) / energy / 2.0 / np.pi)
    # 1 + e^-D - 2 e^-D/2 cos = (1 - e^-D/2)^2 + 2 e^-D/2 (1 - cos), without the cancellation.
    swing = np.where(blur < 1.0 - 1e-12, 1.0 - blur * np.cos(phase), 2.0 * np.sin(phase / 2.0) ** 2)
    amplitude = np.expm1(-damping / 2.0) ** 2 + 2.0 * np.exp(-damping / 2.0) * swing
    scale = phase**2 + damping**2 / 4.0
    coherent = 0.5 * g_per_gev / EV_PER_GEV * field_t * TESLA_EV2 * length
    tiny = scale < 1e-12
    probability: Array = coherent**2 * np.where(tiny, 1.0, amplitude / np.where(tiny, 1.0, scale))
    return probability


def coherence_mass_ev(energy_kev: ArrayLike, length_m: float) -> Array:
    """Give the mass at which q L = pi in vacuum: above it coherence over the length is lost.

    Parameters
    ----------
    energy_kev
        Axion energies in keV.
    length_m
        Length of the field in metres.
    """
    length = length_m * METRE_PER_EV
    mass: Array = np.sqrt(2e3 * np.pi * np.asarray(energy_kev, float) / length)
    return mass
