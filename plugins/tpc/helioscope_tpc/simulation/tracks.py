"""Electrons that slow down, and muons that go through."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.simulation.compiled import kernel
from helioscope_tpc.simulation.deposits import electrons_of, keep

Real = NDArray[np.float64]
#: Primary clusters per mm in argon at 1 atm and the largest cluster, in electrons; sizes fall
#: as n^-2.25, a little steeper than Rutherford's n^-2, which gives the 2.5 keV per cm of a
#: minimum-ionising particle.
CLUSTERS_PER_MM = 2.6
LARGEST_CLUSTER = 400


@kernel
def electron_range_mm(energy_kev: float, density_g_per_cm3: float) -> float:
    """Give the practical range of an electron (Kobetich and Katz 1968, eq. 5)."""
    energy = energy_kev / 1000.0
    grams = 0.537 * energy * (1.0 - 0.9815 / (1.0 + 3.123 * energy))
    return max(grams, 0.0) / density_g_per_cm3 * 10.0


@kernel
def electron(
    event: int,
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    energy: float,
    gas: Any,
    rng: Any,
    places: Real,
    counts: NDArray[np.int64],
    found: int,
) -> int:
    """Slow an electron down in steps of its range, scattering more as it slows.

    The scattering per step is that which turns an electron of kinetic energy T around within
    about its range, the root of the lost over the remaining energy.
    """
    steps = min(max(8, int(electron_range_mm(energy, gas.density_g_per_cm3) / 1.0)), 400)
    left = energy
    for step in range(steps):
        after = energy * (1.0 - (step + 1) / steps)
        loss = left - after
        way = electron_range_mm(left, gas.density_g_per_cm3) - electron_range_mm(
            after, gas.density_g_per_cm3
        )
        ux, uy, uz = _scattered(ux, uy, uz, math.sqrt(loss / left), rng)
        x, y, z = x + ux * way, y + uy * way, z + uz * way
        number = electrons_of(loss, gas, rng)
        found = keep(
            event, x - 0.5 * ux * way, y - 0.5 * uy * way, z - 0.5 * uz * way, number, gas, places,
            counts, found,
        )  # fmt: skip
        left = after
    return found


@kernel
def _scattered(
    ux: float, uy: float, uz: float, angle: float, rng: Any
) -> tuple[float, float, float]:
    vx = ux + angle * rng.standard_normal() * 0.8
    vy = uy + angle * rng.standard_normal() * 0.8
    vz = uz + angle * rng.standard_normal() * 0.8
    norm = math.sqrt(vx * vx + vy * vy + vz * vz)
    if norm < 1e-9:
        return ux, uy, uz
    return vx / norm, vy / norm, vz / norm


@kernel
def muon(
    event: int,
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    gas: Any,
    rng: Any,
    places: Real,
    counts: NDArray[np.int64],
    found: int,
) -> int:
    """Let a muon leave primary clusters along its straight way from where it enters."""
    way = 0.0
    longest = 2.0 * (gas.half_x + gas.half_y) + gas.depth
    while found < counts.shape[0] - 8:
        way += rng.standard_exponential() / CLUSTERS_PER_MM
        if way > longest:
            break
        size = min(int(max(rng.random(), 1e-6) ** -0.8), LARGEST_CLUSTER)
        found = keep(
            event, x + ux * way, y + uy * way, z + uz * way, size, gas, places, counts, found
        )
    return found
