"""Energies of simulated photons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Lines of the 55Fe source: energy in keV and relative intensity as seen by the chip. Mn
#: K-alpha 1 and 2 and K-beta (Bearden 1967); K-beta per K-alpha 0.138.
FE55_LINES = ((5.89875, 0.5859), (5.88765, 0.2929), (6.49045, 0.1212))


def lines(
    number: int, energies_kev: tuple[tuple[float, float], ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw from lines, given as pairs of energy and relative intensity."""
    table = np.array(energies_kev, np.float64)
    weights = table[:, 1] / table[:, 1].sum()
    return np.asarray(table[rng.choice(len(table), number, p=weights), 0])


def power_law(
    number: int, span_kev: tuple[float, float], index: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw from dN/dE ~ E^-index between two energies; index 0 is flat."""
    low, high = span_kev
    draw = rng.random(number)
    if abs(index - 1.0) < 1e-9:
        return np.asarray(low * (high / low) ** draw)
    power = 1.0 - index
    return np.asarray((low**power + draw * (high**power - low**power)) ** (1.0 / power))


def primakoff(
    number: int, span_kev: tuple[float, float], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw from the solar Primakoff axion spectrum, dN/dE ~ E^2.481 exp(-E / 1.205 keV).

    CAST collaboration, JCAP 04 (2007) 010, equation (3).
    """
    grid = np.linspace(*span_kev, 2000)
    density = grid**2.481 * np.exp(-grid / 1.205)
    rising = np.concatenate(([0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))))
    return np.asarray(np.interp(rng.random(number), rising / rising[-1], grid))
