"""The measurement file: what was counted, with which exposure, in which magnet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.gas import BufferGas

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Magnet:
    """The transverse field of the helioscope: tesla over a length in metres."""

    field_t: float
    length_m: float


@dataclass(frozen=True)
class CountingSet:
    """Counts in energy bins, of one detector in one condition.

    Attributes
    ----------
    name
        The set's name.
    e_lo_kev, e_hi_kev
        Edges of the bins; rising, not overlapping; gaps are allowed.
    n_on
        Counts with the magnet on the Sun.
    n_background
        Expected background in the on-time, taken as known; None where `n_off` is given.
    n_off, alpha
        Counts off the Sun and the ratio on-time / off-time; None where `n_background` is given.
    exposure_energy_kev, exposure_cm2_s
        The effective exposure against energy, interpolated linearly.
    magnet
        Field and length.
    gas
        The buffer gas, or None for vacuum.
    disc_radius_rsun
        Where the counts are of a spot: the radius of its image on the Sun, in solar radii. None
        where the whole solar image is inside.
    distance_au
        Distance of the Sun; the flux goes with its inverse square.
    """

    name: str
    e_lo_kev: Array
    e_hi_kev: Array
    n_on: Array
    n_background: Array | None
    n_off: Array | None
    alpha: float | None
    exposure_energy_kev: Array
    exposure_cm2_s: Array
    magnet: Magnet
    gas: BufferGas | None = None
    disc_radius_rsun: float | None = None
    distance_au: float = 1.0

    @property
    def expected_background(self) -> Array:
        """The background expected in each bin: as given, or alpha times the off-counts."""
        if self.n_background is not None:
            return self.n_background
        assert self.n_off is not None and self.alpha is not None  # noqa: S101, PT018
        return self.alpha * self.n_off


@dataclass(frozen=True)
class Period:
    """A stretch of tracking under one condition, for example one pressure, with its events.

    When an event came decides to which period it belongs.

    Attributes
    ----------
    name
        The period's name.
    live_s
        Live time.
    energy_kev
        (events,) energies.
    radius_mm
        (events,) distances from where the Sun's centre falls; None without positions.
    exposure_energy_kev, exposure_cm2_s
        The effective exposure of this period, interpolated linearly.
    background_energy_kev, background_per_kev_mm2_s
        The background against energy, interpolated linearly; the same all over the region.
    gas
        The buffer gas, or None for vacuum.
    distance_au
        Distance of the Sun.
    """

    name: str
    live_s: float
    energy_kev: Array
    radius_mm: Array | None
    exposure_energy_kev: Array
    exposure_cm2_s: Array
    background_energy_kev: Array
    background_per_kev_mm2_s: Array
    gas: BufferGas | None = None
    distance_au: float = 1.0


@dataclass(frozen=True)
class EventSet:
    """Single events of one detector, for the unbinned likelihood.

    Attributes
    ----------
    name
        The set's name.
    magnet
        Field and length.
    energy_range_kev
        Energies of the events that are taken.
    region_mm2
        Area of the detector from which events are taken.
    region_radius_mm
        Its radius where it is a disc around the Sun's centre; None for another shape, which holds
        the whole image.
    focal_length_mm
        Of the telescope, whose image is that of a perfect mirror; None without positions.
    periods
        The conditions with their events.
    """

    name: str
    magnet: Magnet
    energy_range_kev: tuple[float, float]
    region_mm2: float
    region_radius_mm: float | None
    focal_length_mm: float | None
    periods: tuple[Period, ...]

    @property
    def events(self) -> int:
        """The number of events."""
        return sum(period.energy_kev.size for period in self.periods)


@dataclass(frozen=True)
class PublishedSet:
    """A result published as a best fit of g^4 with its standard error, in 1/GeV^4.

    With a magnet the result is carried to other masses by the coherence of its length; without
    one it holds at every mass.
    """

    name: str
    g4_best_per_gev4: float
    g4_error_per_gev4: float
    magnet: Magnet | None = None


@dataclass(frozen=True)
class Measurement:
    """Sets that are combined into one limit."""

    path: Path
    sets: tuple[CountingSet | EventSet | PublishedSet, ...]

    @property
    def counting(self) -> tuple[CountingSet, ...]:
        """The sets that hold counts in bins."""
        return tuple(item for item in self.sets if isinstance(item, CountingSet))

    @property
    def unbinned(self) -> tuple[EventSet, ...]:
        """The sets that hold single events."""
        return tuple(item for item in self.sets if isinstance(item, EventSet))

    @property
    def published(self) -> tuple[PublishedSet, ...]:
        """The sets that hold a published best fit."""
        return tuple(item for item in self.sets if isinstance(item, PublishedSet))
