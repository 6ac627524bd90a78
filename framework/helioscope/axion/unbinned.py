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
from helioscope.axion.measurement import EventSet, Period
from helioscope.axion.ring_image import RingImage, image_density, ring_image

Array = NDArray[np.float64]

#: Energies of the integral over a period.
_STEPS = 800

#: Neighbouring energies that make one cell.
_GROUP = 8

#: Classes of signal to background that stand in for the unbinned likelihood in
#: pseudo-experiments, and the range that they span below the highest.
CLASSES = 64
_DECADES = 5.0


@dataclass(frozen=True)
class Column:
    """Bins of a likelihood: counts, background and expected signal at g4 = 1."""

    n_on: Array
    background: Array
    signal: Array


class EventModel:
    """The unbinned likelihood of one set as a function of the axion mass.

    Everything that does not depend on the mass is prepared once.

    Parameters
    ----------
    data
        The events with their periods.
    flux
        The solar axions.
    """

    def __init__(self, data: EventSet, flux: SolarFlux) -> None:
        self.data = data
        low, high = data.energy_range_kev
        self.step_kev = (high - low) / _STEPS
        self.grid_kev = np.asarray(low + (np.arange(_STEPS) + 0.5) * self.step_kev, np.float64)
        distances = {period.distance_au for period in data.periods}
        images = {au: ring_image(data, flux, self.grid_kev, au) for au in distances}
        self.periods = [
            _PeriodModel(data, period, flux, self.grid_kev, images[period.distance_au])
            for period in data.periods
        ]

    def expected_counts(self, mass_ev: float = 0.0) -> Array:
        """Give (periods,) the photons expected for g10 = 1 at an axion mass in eV."""
        return np.array(
            [
                float(period.inside(mass_ev, self.step_kev).sum()) * self.step_kev
                for period in self.periods
            ]
        )

    def expected_background(self) -> float:
        """Give the background expected in all periods."""
        total = sum(float(period.grid_background.sum()) for period in self.periods)
        return total * self.step_kev * self.data.region_mm2

    def column(self, mass_ev: float) -> Column:
        """Give the likelihood of the events.

        An event adds ln(b + g4 s); the exponent -(B + g4 S) is that of a bin without counts. Each
        event is a bin of one count whose own expectation is made too small to matter: then the
        fits and limits of the binned likelihood serve here too.
        """
        signal = np.concatenate([period.event_signal(mass_ev) for period in self.periods])
        background = np.concatenate([period.event_background for period in self.periods])
        total_signal = float(self.expected_counts(mass_ev).sum())
        total_background = self.expected_background()
        small = 1e-9 * total_background / max(float(background.sum()), 1e-300)
        if signal.sum() > 0 and total_signal > 0:
            small = min(small, 1e-9 * total_signal / float(signal.sum()))
        return Column(
            n_on=np.append(np.ones(signal.size), 0.0),
            background=np.append(background * small, total_background),
            signal=np.append(signal * small, total_signal),
        )

    def classes(self, mass_ev: float) -> Column:
        """Give a binned stand-in: cells of energy, ring and period, merged by signal to background.

        Cells of one signal-to-background ratio can be merged without loss, since their likelihood
        depends on the ratio alone; within a class it varies by a sixth. Pseudo-experiments draw
        counts in these classes. The counts of the events are left at zero.
        """
        cells = [period.cells(mass_ev, self.step_kev) for period in self.periods]
        signal, background = (
            np.concatenate([_grouped(cell[part]) for cell in cells]) * self.step_kev
            for part in (0, 1)
        )
        ratio = signal / background
        highest = max(float(ratio.max()), 1e-300)
        depth = -np.log10(np.maximum(ratio / highest, 1e-30)) / _DECADES * CLASSES
        kind = np.minimum(depth.astype(int), CLASSES)
        merged_signal: Array = np.bincount(kind, signal, CLASSES + 1).astype(float)
        merged_background: Array = np.bincount(kind, background, CLASSES + 1).astype(float)
        used = merged_background > 0
        return Column(np.zeros(int(used.sum())), merged_background[used], merged_signal[used])


class _PeriodModel:
    def __init__(
        self, data: EventSet, period: Period, flux: SolarFlux, grid_kev: Array, image: RingImage
    ) -> None:
        self.magnet, self.gas = data.magnet, period.gas
        self.energy_kev, self.grid_kev = period.energy_kev, grid_kev
        self.event_weight = _exposed(period, flux, period.energy_kev)
        self.grid_weight = _exposed(period, flux, grid_kev)
        self.event_background = _background(period, period.energy_kev)
        self.grid_background = _background(period, grid_kev)
        self.absorption = [
            self.gas.absorption_per_cm(energy) if self.gas else 0.0
            for energy in (period.energy_kev, grid_kev)
        ]
        self.shares, self.areas_mm2 = image.shares, image.areas_mm2
        if period.radius_mm is None:
            self.image_per_mm2 = np.full(period.energy_kev.size, 1.0 / data.region_mm2)
        else:
            scale = image.mm_per_rsun
            radius_rsun = period.radius_mm / scale
            density = image_density(period.energy_kev, radius_rsun, flux, image.edges_rsun)
            self.image_per_mm2 = density / scale**2

    def probability(self, mass_ev: float, of_events: bool, step_kev: float = 0.0) -> Array:
        return conversion_probability(
            self.energy_kev if of_events else self.grid_kev,
            field_t=self.magnet.field_t,
            length_m=self.magnet.length_m,
            mass_ev=mass_ev,
            photon_mass_ev=self.gas.photon_mass_ev if self.gas else 0.0,
            absorption_per_cm=self.absorption[0 if of_events else 1],
            energy_step_kev=step_kev,
        )

    def event_signal(self, mass_ev: float) -> Array:
        signal: Array = self.event_weight * self.probability(mass_ev, True) * self.image_per_mm2
        return signal

    def inside(self, mass_ev: float, step_kev: float) -> Array:
        """Give (energies,) photons per keV inside the region."""
        rate = self.grid_weight * self.probability(mass_ev, False, step_kev)
        photons: Array = rate * self.shares.sum(axis=1)
        return photons

    def cells(self, mass_ev: float, step_kev: float) -> tuple[Array, Array]:
        """Give (energies, rings) photons and background per keV, without rings of no area."""
        used = self.areas_mm2 > 0
        rate = self.grid_weight * self.probability(mass_ev, False, step_kev)
        signal = rate[:, None] * self.shares[:, used]
        return signal, self.grid_background[:, None] * self.areas_mm2[used]


def _grouped(cells: Array) -> Array:
    """Sum (energies, rings) over groups of energies."""
    sums: Array = cells.reshape(-1, _GROUP, cells.shape[1]).sum(axis=1)
    return sums.ravel()


def _exposed(period: Period, flux: SolarFlux, energy_kev: Array) -> Array:
    exposure = np.interp(energy_kev, period.exposure_energy_kev, period.exposure_cm2_s)
    weight: Array = flux.spectrum(energy_kev) / period.distance_au**2 * exposure
    return weight


def _background(period: Period, energy_kev: Array) -> Array:
    """Give the background per keV and mm^2 over the whole period."""
    density = np.interp(energy_kev, period.background_energy_kev, period.background_per_kev_mm2_s)
    background: Array = density * period.live_s
    return background
