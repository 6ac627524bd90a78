"""The 55Fe lines: position and width of the unresolved pair, by unbinned likelihood."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc import likelihood

Real = NDArray[np.float64]

#: Manganese K alpha and K beta in keV with their shares.
FE55 = ((5.895, 0.88), (6.490, 0.12))
#: The peak, and between the escape line and it and above it, in units of the peak's energy.
ABOUT, BELOW, ABOVE = (0.90, 1.12), (0.65, 0.78), (1.32, 1.45)


class LineFit(NamedTuple):
    """What a fit found.

    Attributes
    ----------
    scale, scale_err
        Measured over true energy.
    resolution, resolution_err
        Standard deviation over energy at 5.9 keV.
    events
        Rows in the window.
    over_flanks
        Rows in a unit of energy about the peak over those beside it, where 55Fe has no line.
    """

    scale: float
    scale_err: float
    resolution: float
    resolution_err: float
    events: int
    over_flanks: float


def mode(values: Real) -> float:
    """Give the densest place of a sample, by halving the shortest interval that holds half."""
    rest = np.sort(values[np.isfinite(values)])
    while len(rest) > 8:
        half = len(rest) // 2
        first = int(np.argmin(rest[half:] - rest[:-half]))
        rest = rest[first : first + half + 1] if half + 1 < len(rest) else rest[:half]
    return float(np.median(rest)) if len(rest) else math.nan


def fit(energy_kev: Real, minimum: int = 40) -> LineFit:
    """Fit both lines at once within 25 % of the peak; NaN with fewer than ``minimum`` rows."""
    from scipy import optimize

    peak = mode(energy_kev[energy_kev > 3.8]) if (energy_kev > 3.8).sum() > 8 else math.nan
    low, high = 0.82 * peak, 1.28 * peak
    inside = energy_kev[(energy_kev > low) & (energy_kev < high)]
    if len(inside) < minimum:
        return LineFit(math.nan, math.nan, math.nan, math.nan, len(inside), math.nan)

    def loss(parameters: Real) -> float:
        return _loss(parameters, inside, low, high)

    found = optimize.minimize(loss, [peak / 5.95, 0.065], method="Nelder-Mead")
    scale, width = (abs(float(value)) for value in found.x)
    errors = likelihood.errors(loss, np.array([scale, width]))
    beside = _over_flanks(energy_kev, scale * sum(line * share for line, share in FE55))
    return LineFit(scale, float(errors[0]), width, float(errors[1]), len(inside), beside)


def _over_flanks(energy_kev: Real, peak_kev: float) -> float:
    def density(low: float, high: float) -> float:
        inside = (energy_kev > low * peak_kev) & (energy_kev < high * peak_kev)
        return float(inside.sum()) / (high - low)

    flanks = 0.5 * (density(*BELOW) + density(*ABOVE))
    # a flank without an event may hide one
    return density(*ABOUT) / max(flanks, 0.5 / (BELOW[1] - BELOW[0]))


def _loss(parameters: Real, energy: Real, low: float, high: float) -> float:
    from scipy.special import ndtr

    scale, width = abs(parameters[0]), max(abs(parameters[1]), 1e-4)
    density, norm = np.zeros_like(energy), 0.0
    for line, share in FE55:
        middle = scale * line
        sigma = scale * width * math.sqrt(line * FE55[0][0])
        z = (energy - middle) / sigma
        density += share * np.exp(-0.5 * z * z) / (sigma * math.sqrt(2 * math.pi))
        norm += share * float(ndtr((high - middle) / sigma) - ndtr((low - middle) / sigma))
    return float(-np.log(np.maximum(density / max(norm, 1e-12), 1e-300)).sum())
