"""Fit of one line to reconstructed energies, for the validation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Peak(NamedTuple):
    """A Gaussian fitted to a line."""

    mean_kev: float
    mean_error_kev: float
    sigma_kev: float
    sigma_error_kev: float


def fit_peak(energy_kev: NDArray[np.float64], line_kev: float) -> Peak:
    """Fit a Gaussian on a flat background to the events within 5 sigma of a line."""
    from iminuit import Minuit

    width = 0.045 + 0.0025 * line_kev
    near = energy_kev[np.abs(energy_kev - line_kev) < 5.0 * width]

    def cost(mean: float, sigma: float, signal: float) -> float:
        core = np.exp(-0.5 * ((near - mean) / sigma) ** 2) / (np.sqrt(2.0 * np.pi) * sigma)
        return float(-2.0 * np.log(signal * core + (1.0 - signal) / (10.0 * width)).sum())

    minuit = Minuit(cost, line_kev, width, 0.95)
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.limits = [(0.9 * line_kev, 1.1 * line_kev), (0.2 * width, 3.0 * width), (0.01, 0.9999)]
    minuit.migrad()
    minuit.hesse()
    return Peak(
        minuit.values["mean"], minuit.errors["mean"], minuit.values["sigma"],
        minuit.errors["sigma"],
    )  # fmt: skip
