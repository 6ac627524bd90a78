"""Photons that are absorbed, and atoms that relax."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.simulation.compiled import kernel
from helioscope_tpc.simulation.deposits import electrons_of, inside, isotropic, keep
from helioscope_tpc.simulation.tracks import electron

Real = NDArray[np.float64]


@kernel
def photon(
    event: int,
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    energy: float,
    attenuation: float,
    k_alpha: float,
    gas: Any,
    rng: Any,
    conversion: Real,
    places: Real,
    counts: NDArray[np.int64],
    found: int,
) -> int:
    """Absorb a photon; K vacancies relax by Auger electrons or by a fluorescence photon."""
    way = rng.standard_exponential() / attenuation
    x, y, z = x + ux * way, y + uy * way, z + uz * way
    if not inside(x, y, z, gas):
        return found
    conversion[0], conversion[1], conversion[2] = x, y, z
    vx, vy, vz = isotropic(rng)
    if energy <= gas.k_edge or rng.random() > gas.k_share:
        found = electron(
            event, x, y, z, vx, vy, vz, energy - gas.l_binding, gas, rng, places, counts, found
        )
        rest = electrons_of(gas.l_binding, gas, rng)
        return int(keep(event, x, y, z, rest, gas, places, counts, found))
    found = electron(
        event, x, y, z, vx, vy, vz, energy - gas.k_edge, gas, rng, places, counts, found
    )
    left = gas.k_edge
    if rng.random() < gas.k_yield:
        wx, wy, wz = isotropic(rng)
        free = rng.standard_exponential() / k_alpha
        fx, fy, fz = x + wx * free, y + wy * free, z + wz * free
        ax, ay, az = isotropic(rng)
        found = electron(
            event, fx, fy, fz, ax, ay, az, gas.k_alpha, gas, rng, places, counts, found
        )
        left -= gas.k_alpha
    else:
        auger = gas.k_edge - 2.0 * gas.l_binding
        ax, ay, az = isotropic(rng)
        found = electron(event, x, y, z, ax, ay, az, auger, gas, rng, places, counts, found)
        left -= auger
    return int(keep(event, x, y, z, electrons_of(left, gas, rng), gas, places, counts, found))
