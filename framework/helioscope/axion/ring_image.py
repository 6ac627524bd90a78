"""The solar image on the detector in rings, at each energy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.flux import SolarFlux
from helioscope.axion.measurement import EventSet
from helioscope.axion.optics import disc_radius_rsun, spot_radius_mm

Array = NDArray[np.float64]

#: Edges of the image's radial profile, in solar radii.
RINGS_RSUN = np.linspace(0.0, 1.0, 201)


@dataclass(frozen=True)
class RingImage:
    """The solar image in rings: (energies, rings) shares of the photons, and the rings' areas."""

    edges_rsun: Array
    mm_per_rsun: float
    shares: Array
    areas_mm2: Array


def ring_image(data: EventSet, flux: SolarFlux, grid_kev: Array, distance_au: float) -> RingImage:
    """Divide a set's solar image into rings.

    Parameters
    ----------
    data
        Its focal length and region; without a focal length the region is one cell.
    flux
        Whose disc fractions are differentiated.
    grid_kev
        (energies,) energies.
    distance_au
        Distance of the Sun, which scales the image.
    """
    if data.focal_length_mm is None:
        whole = np.ones((grid_kev.size, 1))
        return RingImage(RINGS_RSUN, 1.0, whole, np.array([data.region_mm2]))
    scale = spot_radius_mm(data.focal_length_mm, 1.0, distance_au)
    edges = RINGS_RSUN
    if data.region_radius_mm is not None:
        reach = disc_radius_rsun(data.region_radius_mm, data.focal_length_mm, distance_au)
        edges = np.append(RINGS_RSUN[reach > RINGS_RSUN], min(reach, RINGS_RSUN[-1]))
    fractions = np.array([flux.disc_fraction(grid_kev, float(edge)) for edge in edges[1:]])
    shares = np.diff(fractions, axis=0, prepend=0.0).T
    rings_mm2 = np.pi * scale**2 * np.diff(edges**2)
    # The last cell is the rest of the region, without an image.
    rest = max(data.region_mm2 - float(rings_mm2.sum()), 0.0)
    shares = np.column_stack((shares, np.zeros(grid_kev.size)))
    return RingImage(edges, scale, shares, np.append(rings_mm2, rest))


def image_density(
    energy_kev: Array, radius_rsun: Array, flux: SolarFlux, edges_rsun: Array = RINGS_RSUN
) -> Array:
    """Give the density of the solar image, per squared solar radius of its disc.

    Parameters
    ----------
    energy_kev, radius_rsun
        (events,) energies and projected radii.
    flux
        Whose disc fractions are differentiated, constant within each ring.
    edges_rsun
        Edges of the rings, from 0.

    Returns
    -------
    float64 array, (events,)
        It integrates over the disc to the fraction inside the last ring.
    """
    ring = np.maximum(np.searchsorted(edges_rsun, radius_rsun), 1)
    density = np.zeros(energy_kev.size)
    for number in np.unique(ring[ring < edges_rsun.size]):
        here = ring == number
        inner, outer = edges_rsun[number - 1], edges_rsun[number]
        share = flux.disc_fraction(energy_kev[here], float(outer))
        share = share - flux.disc_fraction(energy_kev[here], float(inner))
        density[here] = share / (np.pi * (outer**2 - inner**2))
    return density
