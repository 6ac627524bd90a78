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


class SignalModel:
    """The expected counts of one set as a function of the axion mass.

    Everything that does not depend on the mass is prepared once.

    Parameters
    ----------
    data
        A set with its exposure, magnet, gas and spot.
    flux
        The solar axions.
    """

    def __init__(self, data: CountingSet, flux: SolarFlux) -> None:
        self.magnet = data.magnet
        width = (data.e_hi_kev - data.e_lo_kev)[:, None] / STEPS_PER_BIN
        self.width_kev = width
        self.energy_kev = data.e_lo_kev[:, None] + (np.arange(STEPS_PER_BIN) + 0.5) * width
        rate = flux.spectrum(self.energy_kev) / data.distance_au**2
        if data.disc_radius_rsun is not None:
            rate = rate * flux.disc_fraction(self.energy_kev, data.disc_radius_rsun)
        exposure = np.interp(self.energy_kev, data.exposure_energy_kev, data.exposure_cm2_s)
        self.weight = rate * exposure * width
        gas = data.gas
        self.photon_mass_ev = gas.photon_mass_ev if gas else 0.0
        self.absorption_per_cm = gas.absorption_per_cm(self.energy_kev) if gas else 0.0

    def counts(self, mass_ev: float = 0.0) -> Array:
        """Give the expected counts per bin for g10 = 1 at an axion mass in eV."""
        probability = conversion_probability(
            self.energy_kev,
            field_t=self.magnet.field_t,
            length_m=self.magnet.length_m,
            mass_ev=mass_ev,
            photon_mass_ev=self.photon_mass_ev,
            absorption_per_cm=self.absorption_per_cm,
            energy_step_kev=self.width_kev,
        )
        counts: Array = (self.weight * probability).sum(axis=1)
        return counts


def expected_counts(data: CountingSet, flux: SolarFlux, mass_ev: float = 0.0) -> Array:
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

    Returns
    -------
    float64 array, (bins,)
        Counts.
    """
    return SignalModel(data, flux).counts(mass_ev)


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
