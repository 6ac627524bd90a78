"""What comes into the chamber, and how it is drawn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]


class Primaries(NamedTuple):
    """What comes into the chamber, event by event in no order of time yet.

    Attributes
    ----------
    event
        int64: number of the event; two photons of a pair share one.
    source
        Names (``photon``, ``muon``, ``gamma``, ``recoil``, ``fluorescence``, ``random``).
    kind
        int64: how it ionises.
    place_mm, direction
        float64 [n, 3].
    passed
        bool: it came through the window, or did not have to.
    """

    event: NDArray[np.int64]
    source: NDArray[np.str_]
    kind: NDArray[np.int64]
    place_mm: Real
    direction: Real
    energy_kev: Real
    passed: NDArray[np.bool_]


def primaries(
    source: str,
    kind: int,
    place: Real,
    direction: Real,
    energy: Real | float,
    passed: NDArray[np.bool_] | None,
) -> Primaries:
    """Give one particle an event, all of one source and kind."""
    number = len(place)
    return Primaries(
        np.arange(number),
        np.full(number, source, "U12"),
        np.full(number, kind, np.int64),
        place,
        direction,
        np.broadcast_to(np.asarray(energy, np.float64), (number,)).copy(),
        np.ones(number, bool) if passed is None else passed,
    )


def directions(number: int, rng: np.random.Generator) -> Real:
    """Draw unit vectors of any direction, float64 [number, 3]."""
    vector = rng.standard_normal((number, 3))
    unit: Real = vector / np.linalg.norm(vector, axis=1)[:, None]
    return unit


def line_energies(
    number: int, lines: tuple[tuple[float, float], ...], rng: np.random.Generator
) -> Real:
    """Draw energies in keV from lines given with their shares."""
    energies, shares = np.array(lines).T
    return rng.choice(energies, number, p=shares / shares.sum())
