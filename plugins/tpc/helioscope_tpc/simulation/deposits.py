"""Free electrons at a place, and directions: what all particles need."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.simulation.compiled import kernel

Real = NDArray[np.float64]


@kernel
def inside(x: float, y: float, z: float, gas: Any) -> bool:
    """Say whether a place in mm lies in the gas."""
    return bool(abs(x) < gas.half_x and abs(y) < gas.half_y and 0.0 < z < gas.depth)


@kernel
def keep(
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
    """Write down electrons at a place if it lies in the gas; give how many steps there are."""
    if electrons <= 0 or not inside(x, y, z, gas):
        return found
    places[found, 0], places[found, 1], places[found, 2] = x, y, z
    counts[found, 0], counts[found, 1] = event, electrons
    return found + 1


@kernel
def electrons_of(energy: float, gas: Any, rng: Any) -> int:
    """Draw a number of electrons with Fano's variance, rounded so that the mean is kept."""
    mean = energy / gas.w_kev
    drawn = mean + math.sqrt(gas.fano * mean) * rng.standard_normal()
    number: int = max(math.floor(drawn + rng.random()), 0)
    return number


@kernel
def isotropic(rng: Any) -> tuple[float, float, float]:
    """Draw a unit vector of any direction."""
    cosine = 2.0 * rng.random() - 1.0
    sine = math.sqrt(1.0 - cosine * cosine)
    phi = 2.0 * math.pi * rng.random()
    return sine * math.cos(phi), sine * math.sin(phi), cosine
