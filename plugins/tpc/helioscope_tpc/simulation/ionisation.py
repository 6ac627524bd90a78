"""From particles to free electrons: photon relaxation, electron tracks, muons.

A particle is one row (event, kind, x, y, z, ux, uy, uz, energy); what it leaves are steps
(event, x, y, z, electrons).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from helioscope_tpc import matter

Real = NDArray[np.float64]
_compiled = numba.njit(nogil=True, cache=True, error_model="numpy")

PHOTON, ELECTRON, MUON, BLOB = 0, 1, 2, 3

#: Primary clusters per mm in argon at 1 atm and the largest cluster, in electrons; sizes fall
#: as n^-2.25, a little steeper than Rutherford's n^-2, which gives the 2.5 keV per cm of a
#: minimum-ionising particle.
CLUSTERS_PER_MM = 2.6
LARGEST_CLUSTER = 400


class Particles(NamedTuple):
    """Particles at the border of the gas or where they start in it, one value each."""

    event: NDArray[np.int64]
    kind: NDArray[np.int64]
    place_mm: Real
    direction: Real
    energy_kev: Real


class Steps(NamedTuple):
    """Ionisation, one value a step.

    Attributes
    ----------
    conversion_mm
        float64 [particles, 3]: where each photon converted; NaN where it did not.
    """

    event: NDArray[np.int64]
    place_mm: Real
    electrons: NDArray[np.int64]
    conversion_mm: Real


class Gas(NamedTuple):
    """What ionisation needs to know of the gas and the box, in mm and keV."""

    half_x: float
    half_y: float
    depth: float
    density_g_per_cm3: float
    w_kev: float
    fano: float
    k_edge: float
    k_alpha: float
    l_binding: float
    k_yield: float
    k_share: float


def gas_of(config: Any, simulation: Any) -> Gas:
    """Collect the gas from the detector's and the simulator's settings."""
    return Gas(
        config.width_mm / 2,
        config.height_mm / 2,
        config.drift_mm,
        matter.ARGON_G_PER_CM3 * simulation.argon_share,
        simulation.w_value_ev / 1000.0,
        simulation.fano,
        matter.ARGON_K_KEV,
        matter.ARGON_KALPHA_KEV,
        matter.ARGON_L_KEV,
        matter.ARGON_K_YIELD,
        matter.ARGON_K_SHARE,
    )


def ionise(particles: Particles, gas: Gas, argon_share: float, rng: np.random.Generator) -> Steps:
    """Let every particle ionise the gas."""
    attenuation = matter.argon_per_mm(np.maximum(particles.energy_kev, 0.72), argon_share)
    k_alpha = float(matter.argon_per_mm(np.array(matter.ARGON_KALPHA_KEV), argon_share))
    capacity = 64 * max(64, len(particles.event))
    conversion = np.full((len(particles.event), 3), np.nan)
    while True:
        state = rng.bit_generator.state
        places = np.empty((capacity, 3))
        counts = np.empty((capacity, 2), np.int64)
        found = _ionise_all(
            particles.event, particles.kind, particles.place_mm, particles.direction,
            particles.energy_kev, attenuation, k_alpha, gas, rng, conversion, places, counts,
        )  # fmt: skip
        if found >= 0:
            break
        rng.bit_generator.state = state
        capacity *= 2
    return Steps(
        counts[:found, 0].copy(), places[:found].copy(), counts[:found, 1].copy(), conversion
    )


@_compiled
def electron_range_mm(energy_kev: float, density_g_per_cm3: float) -> float:
    """Give the practical range of an electron (Kobetich and Katz 1968, eq. 5)."""
    energy = energy_kev / 1000.0
    grams = 0.537 * energy * (1.0 - 0.9815 / (1.0 + 3.123 * energy))
    return max(grams, 0.0) / density_g_per_cm3 * 10.0


@_compiled
def _ionise_all(
    event: NDArray[np.int64],
    kind: NDArray[np.int64],
    place: Real,
    direction: Real,
    energy: Real,
    attenuation: Real,
    k_alpha: float,
    gas: Any,
    rng: Any,
    conversion: Real,
    places: Real,
    counts: NDArray[np.int64],
) -> int:
    found = 0
    for index in range(event.size):
        if found + 6000 > counts.shape[0]:
            return -1
        x, y, z = place[index]
        ux, uy, uz = direction[index]
        if kind[index] == PHOTON:
            found = _photon(
                event[index], x, y, z, ux, uy, uz, energy[index], attenuation[index], k_alpha,
                gas, rng, conversion[index], places, counts, found,
            )  # fmt: skip
        elif kind[index] == ELECTRON:
            found = _electron(
                event[index], x, y, z, ux, uy, uz, energy[index], gas, rng, places, counts, found
            )
        elif kind[index] == MUON:
            found = _muon(event[index], x, y, z, ux, uy, uz, gas, rng, places, counts, found)
        else:
            number = _electrons(energy[index], gas, rng)
            found = _keep(event[index], x, y, z, number, gas, places, counts, found)
    return found


@_compiled
def _inside(x: float, y: float, z: float, gas: Any) -> bool:
    return bool(abs(x) < gas.half_x and abs(y) < gas.half_y and 0.0 < z < gas.depth)


@_compiled
def _keep(
    event: int,
    x: float,
    y: float,
    z: float,
    electrons: int,
    gas: Any,
    places: Real,
    counts: NDArray[np.int64],
    found: int,
) -> int:
    if electrons <= 0 or not _inside(x, y, z, gas):
        return found
    places[found, 0], places[found, 1], places[found, 2] = x, y, z
    counts[found, 0], counts[found, 1] = event, electrons
    return found + 1


@_compiled
def _electrons(energy: float, gas: Any, rng: Any) -> int:
    """Draw a number of electrons with Fano's variance, rounded so that the mean is kept."""
    mean = energy / gas.w_kev
    drawn = mean + math.sqrt(gas.fano * mean) * rng.standard_normal()
    number: int = max(math.floor(drawn + rng.random()), 0)
    return number


@_compiled
def _isotropic(rng: Any) -> tuple[float, float, float]:
    cosine = 2.0 * rng.random() - 1.0
    sine = math.sqrt(1.0 - cosine * cosine)
    phi = 2.0 * math.pi * rng.random()
    return sine * math.cos(phi), sine * math.sin(phi), cosine


@_compiled
def _photon(
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
    if not _inside(x, y, z, gas):
        return found
    conversion[0], conversion[1], conversion[2] = x, y, z
    vx, vy, vz = _isotropic(rng)
    if energy <= gas.k_edge or rng.random() > gas.k_share:
        found = _electron(
            event, x, y, z, vx, vy, vz, energy - gas.l_binding, gas, rng, places, counts, found
        )
        rest = _electrons(gas.l_binding, gas, rng)
        return int(_keep(event, x, y, z, rest, gas, places, counts, found))
    found = _electron(
        event, x, y, z, vx, vy, vz, energy - gas.k_edge, gas, rng, places, counts, found
    )
    left = gas.k_edge
    if rng.random() < gas.k_yield:
        wx, wy, wz = _isotropic(rng)
        free = rng.standard_exponential() / k_alpha
        fx, fy, fz = x + wx * free, y + wy * free, z + wz * free
        ax, ay, az = _isotropic(rng)
        found = _electron(
            event, fx, fy, fz, ax, ay, az, gas.k_alpha, gas, rng, places, counts, found
        )
        left -= gas.k_alpha
    else:
        auger = gas.k_edge - 2.0 * gas.l_binding
        ax, ay, az = _isotropic(rng)
        found = _electron(event, x, y, z, ax, ay, az, auger, gas, rng, places, counts, found)
        left -= auger
    return int(_keep(event, x, y, z, _electrons(left, gas, rng), gas, places, counts, found))


@_compiled
def _electron(
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
        number = _electrons(loss, gas, rng)
        found = _keep(
            event, x - 0.5 * ux * way, y - 0.5 * uy * way, z - 0.5 * uz * way, number, gas, places,
            counts, found,
        )  # fmt: skip
        left = after
    return found


@_compiled
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


@_compiled
def _muon(
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
        found = _keep(
            event, x + ux * way, y + uy * way, z + uz * way, size, gas, places, counts, found
        )
    return found
