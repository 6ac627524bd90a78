"""Particles in the gas to free electrons: slowing down, scattering, ionisation; compiled."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")
#: Kobetich and Katz, Phys. Rev. 170 (1968) 391: range in g/cm2 with energy in keV.
_RANGE_A, _RANGE_B, _RANGE_C = 5.37e-4, 0.9815, 3.123e-3
_ELECTRON_KEV = 511.0
_ARGON_Z, _ARGON_A = 18.0, 39.95
#: Kinds of particles.
ELECTRON, MUON, RECOIL = 0, 1, 2
_RADIATION_G_CM2 = 19.55
#: A muon's primary ionisations in argon at 1 atm, and the largest cluster kept.
_CLUSTERS_PER_MM = 2.8
_LARGEST_CLUSTER = 400


@_compiled
def range_mm(energy_kev: float, density_g_cm3: float) -> float:
    """Give the range of an electron in a gas."""
    mass = _RANGE_A * energy_kev * (1.0 - _RANGE_B / (1.0 + _RANGE_C * energy_kev))
    return 10.0 * mass / density_g_cm3


@_compiled
def _energy_left(start: float, wanted_mm: float, density: float) -> float:
    """Invert the range below a start energy by bisection."""
    low, high = 0.0, start
    for _ in range(22):
        middle = 0.5 * (low + high)
        if range_mm(middle, density) < wanted_mm:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@_compiled
def _pairs(rng, energy_kev, pair_ev, fano):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    mean = 1000.0 * energy_kev / pair_ev
    return max(int(np.rint(mean + np.sqrt(fano * mean) * rng.standard_normal())), 0)


@_compiled
def _turned(rng, direction, theta):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Turn a unit vector by an angle about a random axis across it, in place."""
    phi = 2.0 * np.pi * rng.random()
    x, y, z = direction[0], direction[1], direction[2]
    if abs(z) < 0.9:
        ax, ay, az = y, -x, 0.0
    else:
        ax, ay, az = 0.0, z, -y
    norm = np.sqrt(ax * ax + ay * ay + az * az)
    ax, ay, az = ax / norm, ay / norm, az / norm
    bx, by, bz = y * az - z * ay, z * ax - x * az, x * ay - y * ax
    c, s = np.cos(theta), np.sin(theta)
    cp, sp = np.cos(phi), np.sin(phi)
    direction[0] = c * x + s * (cp * ax + sp * bx)
    direction[1] = c * y + s * (cp * ay + sp * by)
    direction[2] = c * z + s * (cp * az + sp * bz)


@_compiled
def ionise(  # type: ignore[no-untyped-def]  # noqa: ANN201
    rng, kind, energy_kev, start_mm, direction,  # noqa: ANN001
    half_mm, drift_mm, density, pair_ev, fano, counts, electrons,  # noqa: ANN001
):  # fmt: skip
    """Follow each particle until it stops or leaves the gas; put its free electrons.

    ``counts`` int64 per particle and ``electrons`` float32 [:, 3] (x, y, height above the mesh
    in mm) are filled; gives how many electrons there are, or -1 where the buffer is too small.
    """
    used = 0
    place, course = np.empty(3), np.empty(3)
    for particle in range(energy_kev.size):
        before = used
        place[:] = start_mm[particle]
        course[:] = direction[particle]
        if used + 30_000 > electrons.shape[0]:
            return -1
        if kind[particle] == MUON:
            used = _muon(rng, place, course, half_mm, drift_mm, electrons, used)
        elif kind[particle] == RECOIL:
            used = _recoil(rng, energy_kev[particle], place, pair_ev, fano, electrons, used)
        else:
            used = _electron(
                rng, energy_kev[particle], place, course, half_mm, drift_mm, density,
                pair_ev, fano, electrons, used,
            )  # fmt: skip
        counts[particle] = used - before
    return used


@_compiled
def _inside(place, half_mm, drift_mm):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return abs(place[0]) <= half_mm and abs(place[1]) <= half_mm and 0.0 <= place[2] <= drift_mm


@_compiled
def _electron(  # type: ignore[no-untyped-def]  # noqa: ANN202
    rng, energy, place, course, half_mm, drift_mm, density, pair_ev, fano, electrons, used,  # noqa: ANN001
):  # fmt: skip
    while energy > 0.05:
        reach = range_mm(energy, density)
        step = min(max(reach / 12.0, 0.02), 0.5)
        left = _energy_left(energy, reach - step, density) if step < reach else 0.0
        lost = energy - left
        middle = 0.5 * min(step, reach)
        for axis in range(3):
            place[axis] += course[axis] * middle
        if not _inside(place, half_mm, drift_mm):
            return used
        for _ in range(_pairs(rng, lost, pair_ev, fano)):
            electrons[used, 0], electrons[used, 1], electrons[used, 2] = (
                place[0],
                place[1],
                place[2],
            )
            used += 1
        for axis in range(3):
            place[axis] += course[axis] * middle
        momentum_beta = energy * (energy + 2 * _ELECTRON_KEV) / (energy + _ELECTRON_KEV)
        depth = 0.1 * step * density / _RADIATION_G_CM2
        spread = 13_600.0 / momentum_beta * np.sqrt(depth)
        theta = spread * np.sqrt(-2.0 * np.log(1.0 - rng.random()))
        _turned(rng, course, min(theta, np.pi))
        energy = left
    return used


@_compiled
def quenching(energy_kev: float) -> float:
    """Give the share of an argon recoil's energy that ionises, after Lindhard.

    ``k g / (1 + k g)`` with ``k = 0.133 Z^(2/3) A^(-1/2)``, ``g = 3 e^0.15 + 0.7 e^0.6 + e`` and
    ``e = 11.5 Z^(-7/3) E / keV`` (Lewin and Smith, Astropart. Phys. 6 (1996) 87).
    """
    k = 0.133 * _ARGON_Z ** (2.0 / 3.0) / np.sqrt(_ARGON_A)
    reduced = 11.5 * _ARGON_Z ** (-7.0 / 3.0) * energy_kev
    g = 3.0 * reduced**0.15 + 0.7 * reduced**0.6 + reduced
    share: float = k * g / (1.0 + k * g)
    return share


@_compiled
def _recoil(rng, energy_kev, place, pair_ev, fano, electrons, used):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Put the free electrons of a nucleus at one point: some 10 um are nothing to diffusion."""
    for _ in range(_pairs(rng, energy_kev * quenching(energy_kev), pair_ev, fano)):
        for axis in range(3):
            electrons[used, axis] = place[axis]
        used += 1
    return used


@_compiled
def _muon(rng, place, course, half_mm, drift_mm, electrons, used):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    while True:
        gap = -np.log(1.0 - rng.random()) / _CLUSTERS_PER_MM
        for axis in range(3):
            place[axis] += course[axis] * gap
        if not _inside(place, half_mm, drift_mm):
            return used
        # cluster sizes fall with the square; most have a single electron
        size = int(1.0 / (1.0 - rng.random() * (1.0 - 1.0 / _LARGEST_CLUSTER)))
        for _ in range(size):
            if used < electrons.shape[0]:
                electrons[used, 0], electrons[used, 1] = place[0], place[1]
                electrons[used, 2] = place[2]
                used += 1


def free_electrons(
    rng: np.random.Generator,
    kind: NDArray[np.int8],
    energy_kev: NDArray[np.float64],
    start_mm: NDArray[np.float64],
    direction: NDArray[np.float64],
    box: tuple[float, float],
    gas: tuple[float, float, float],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Give the number of free electrons of each particle, and where they are.

    Parameters
    ----------
    kind
        int8: `ELECTRON`, `MUON` or `RECOIL`.
    start_mm, direction
        float64 [particles, 3]: x, y, height above the mesh; unit vectors.
    box
        Half width and height of the gas in mm.
    gas
        Density in g/cm3, energy a pair in eV, Fano factor.
    """
    density, pair_ev, fano = gas
    counts = np.zeros(energy_kev.size, np.int64)
    most = np.where(kind == MUON, 60.0, np.minimum(energy_kev, 60.0)).sum() * 1300.0 / pair_ev
    room = int(most) + 60_000
    while True:
        electrons = np.empty((room, 3), np.float32)
        used = ionise(
            rng, kind, energy_kev, start_mm, direction, *box, density, pair_ev, fano,
            counts, electrons,
        )  # fmt: skip
        if used >= 0:
            return counts, electrons[:used]
        room *= 2
