"""The unbinned extended likelihood in energy, position and time.

ln L = -(B + g4 S) + sum over events of ln [b(E, x, t) + g4 s(E, x, t)], as CAST used from its 4He
phase on (JCAP 02 (2009) 008; Phys. Rev. D 92 (2015) 021101).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.conversion import conversion_probability
from helioscope.axion.flux import SolarFlux
from helioscope.axion.gas import BufferGas
from helioscope.axion.likelihood import Likelihood
from helioscope.axion.measurement import Magnet
from helioscope.axion.optics import EffectiveArea, spot_radius_mm

Array = NDArray[np.float64]

#: Steps of the image's radial profile, in solar radii.
_RINGS = np.linspace(0.0, 1.0, 201)


@dataclass(frozen=True)
class Period:
    """A stretch of tracking under one condition, for example one pressure.

    Attributes
    ----------
    live_s
        Live time.
    area
        Effective area with every efficiency.
    magnet, gas
        Of this period.
    centre_mm, focal_length_mm
        Where the Sun's centre falls on the detector, and the telescope's focal length. The image
        is that of a perfect mirror.
    energy_range_kev
        Energies of the events that are taken.
    background_per_kev_mm2_s
        Flat background density.
    region_mm2
        Area of the detector from which events are taken; it holds the whole image.
    """

    live_s: float
    area: EffectiveArea
    magnet: Magnet
    centre_mm: tuple[float, float]
    focal_length_mm: float
    energy_range_kev: tuple[float, float]
    background_per_kev_mm2_s: float
    region_mm2: float
    gas: BufferGas | None = None

    def signal_per_kev_s(self, energy_kev: Array, flux: SolarFlux, mass_ev: float) -> Array:
        """Give the expected rate of photons per keV and s at energies in keV, for g10 = 1."""
        gas = self.gas
        probability = conversion_probability(
            energy_kev,
            field_t=self.magnet.field_t,
            length_m=self.magnet.length_m,
            mass_ev=mass_ev,
            photon_mass_ev=gas.photon_mass_ev if gas else 0.0,
            absorption_per_cm=gas.absorption_per_cm(energy_kev) if gas else 0.0,
        )
        rate: Array = flux.spectrum(energy_kev) * probability * self.area.at(energy_kev)
        return rate

    def image_per_mm2(self, energy_kev: Array, radius_mm: Array, flux: SolarFlux) -> Array:
        """Give the density of the solar image per mm^2 at each event, from its disc fractions."""
        scale = spot_radius_mm(self.focal_length_mm, 1.0)
        ring = np.clip(np.searchsorted(_RINGS, radius_mm / scale), 1, _RINGS.size)
        density = np.zeros_like(energy_kev)
        for number in np.unique(ring[ring < _RINGS.size]):
            here = ring == number
            inner, outer = _RINGS[number - 1], _RINGS[number]
            share = flux.disc_fraction(energy_kev[here], float(outer))
            share = share - flux.disc_fraction(energy_kev[here], float(inner))
            density[here] = share / (np.pi * (outer**2 - inner**2) * scale**2)
        return density


def unbinned_likelihood(
    events: list[tuple[Array, Array, Array]],
    periods: list[Period],
    flux: SolarFlux,
    mass_ev: float = 0.0,
) -> Likelihood:
    """Build the unbinned likelihood of the events of several periods.

    An event adds ln(b + g4 s); the exponent -(B + g4 S) is that of a bin without counts. Each event
    is a bin of one count whose own expectation is made too small to matter: then the fits and
    limits of the binned likelihood serve here too.

    Parameters
    ----------
    events
        For each period the energies (keV) and positions x, y (mm) of its events. When an event
        came decides to which period it belongs.
    periods
        The conditions.
    flux
        The solar axions.
    mass_ev
        Axion mass in eV.

    Returns
    -------
    Likelihood
        In g4, units of 1e-40 per GeV^4.
    """
    background, signal = [], []
    total_background = total_signal = 0.0
    for (energy, x_mm, y_mm), period in zip(events, periods, strict=True):
        radius = np.hypot(x_mm - period.centre_mm[0], y_mm - period.centre_mm[1])
        rate = period.signal_per_kev_s(energy, flux, mass_ev)
        signal.append(rate * period.image_per_mm2(energy, radius, flux))
        background.append(np.full(energy.shape, period.background_per_kev_mm2_s))
        low, high = period.energy_range_kev
        grid = np.linspace(low, high, 801)
        expected = np.trapezoid(period.signal_per_kev_s(grid, flux, mass_ev), grid)
        total_signal += float(expected) * period.live_s
        total_background += (
            period.background_per_kev_mm2_s * (high - low) * period.region_mm2 * period.live_s
        )
    b, s = np.concatenate(background), np.concatenate(signal)
    small = 1e-9 * min(total_background, total_signal) / max(float((b + s).sum()), 1e-300)
    zeros = np.zeros(b.size + 1)
    return Likelihood(
        n_on=np.append(np.ones(b.size), 0.0),
        background=np.append(b * small, total_background),
        n_off=zeros,
        alpha=zeros,
        signal=np.append(s * small, total_signal),
    )
