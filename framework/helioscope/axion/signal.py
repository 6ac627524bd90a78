"""The counts that solar axions would give in the bins of a measurement."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.conversion import conversion_probability
from helioscope.axion.flux import SolarFlux
from helioscope.axion.measurement import CountingSet, Magnet, PublishedSet

Array = NDArray[np.float64]

#: Steps of the integral over energy within one bin. The spectrum and the exposure bend little over
#: a hundredth of a keV; the oscillation of the conversion is averaged within each step.
STEPS_PER_BIN = 32


def expected_counts(
    data: CountingSet, flux: SolarFlux, mass_ev: float = 0.0, distance_au: float = 1.0
) -> Array:
    """Give the expected counts per energy bin for g_ag = 1e-10 per GeV.

    The integral over each bin of flux x fraction inside the disc x conversion probability x
    effective exposure. It scales with g_ag^4 (with g_ae^2 g_ag^2 for an axion-electron flux).

    Parameters
    ----------
    data
        A set with its exposure, magnet, gas and spot.
    flux
        The solar axions.
    mass_ev
        Axion mass in eV.
    distance_au
        Distance of the Sun, averaged as 1/d^2 over the exposure.

    Returns
    -------
    float64 array, (bins,)
        Counts.
    """
    width = (data.e_hi_kev - data.e_lo_kev) / STEPS_PER_BIN
    centres = (np.arange(STEPS_PER_BIN) + 0.5)[None, :] * width[:, None]
    energy = data.e_lo_kev[:, None] + centres
    rate = flux.spectrum(energy) / distance_au**2
    if data.disc_radius_rsun is not None:
        rate = rate * flux.disc_fraction(energy, data.disc_radius_rsun)
    gas = data.gas
    probability = conversion_probability(
        energy,
        field_t=data.magnet.field_t,
        length_m=data.magnet.length_m,
        mass_ev=mass_ev,
        photon_mass_ev=gas.photon_mass_ev if gas else 0.0,
        absorption_per_cm=gas.absorption_per_cm(energy) if gas else 0.0,
        energy_step_kev=width[:, None],
    )
    exposure = np.interp(energy, data.exposure_energy_kev, data.exposure_cm2_s)
    counts: Array = (rate * probability * exposure).sum(axis=1) * width
    return counts


def coherence(magnet: Magnet, flux: SolarFlux, mass_ev: float) -> float:
    """Give the flux-weighted conversion in vacuum, relative to that of a massless axion.

    Between 1 and 10 keV with a flat efficiency: how a published result, whose efficiency is not
    given, weakens with the mass.
    """
    energy = np.linspace(1.0, 10.0, 901)
    step = energy[1] - energy[0]
    weight = flux.spectrum(energy)
    values = [
        conversion_probability(
            energy,
            field_t=magnet.field_t,
            length_m=magnet.length_m,
            mass_ev=mass,
            energy_step_kev=step,
        )
        for mass in (mass_ev, 0.0)
    ]
    return float((weight * values[0]).sum() / (weight * values[1]).sum())


def scaled_published(data: PublishedSet, flux: SolarFlux, mass_ev: float) -> tuple[float, float]:
    """Give a published best fit of g^4 and its error (1/GeV^4) at another axion mass."""
    scale = coherence(data.magnet, flux, mass_ev) if data.magnet and mass_ev else 1.0
    return data.g4_best_per_gev4 / scale, data.g4_error_per_gev4 / scale
