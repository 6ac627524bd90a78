"""From a likelihood to a result: the best fit, its error and the Bayesian limit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.constants import G10_4_PER_GEV4, G10_PER_GEV
from helioscope.axion.likelihood import Likelihood

Array = NDArray[np.float64]

#: Step of the posterior in standard deviations, and how far ln L falls before it is cut.
FINENESS = 0.02
TAIL = 24.0


@dataclass(frozen=True)
class Fit:
    """The best fit of g4, in units of 1e-40 per GeV^4.

    Attributes
    ----------
    best
        Where the likelihood is largest; negative values count as long as every expectation stays
        positive.
    error
        One standard deviation from the curvature there; where ln L has none (no counts at all), how
        far above the best fit it has fallen by 1/2.
    """

    best: float
    error: float


def columns(likelihood: Likelihood) -> tuple[Array, Array, Array, Array, Array, float, float]:
    """Give the likelihood as the kernels take it."""
    return (
        likelihood.n_on,
        likelihood.background,
        likelihood.n_off,
        likelihood.alpha,
        likelihood.signal,
        likelihood.gauss_best,
        likelihood.gauss_error,
    )


def fit(likelihood: Likelihood) -> Fit:
    """Find the best g4 and its error."""
    from helioscope.axion import kernels

    data = columns(likelihood)
    best = float(kernels.best_fit(data))
    first, second = kernels.slope_and_curvature(best, data)
    # At the edge of the allowed range the likelihood is not flat: its slope then sets the error.
    if second < 0 and abs(first) < 1e-3 * math.sqrt(-second):
        return Fit(best, float(1.0 / math.sqrt(-second)))
    peak = kernels.log_likelihood(best, data)
    return Fit(best, _falls_by(0.5, best, peak, data) - best)


def bayesian_limit(likelihood: Likelihood, level: float = 0.95) -> float:
    """Give the upper limit on g4 with a flat prior in g4 > 0, in units of 1e-40 per GeV^4.

    Parameters
    ----------
    likelihood
        The measurement at one mass.
    level
        Credibility of the limit.
    """
    from helioscope.axion import posterior

    return float(posterior.bayesian_limit(level, FINENESS, TAIL, columns(likelihood)))


def coupling(g4: float) -> float:
    """Turn g4 (1e-40 per GeV^4) into g_ag in 1/GeV."""
    return float(G10_PER_GEV * max(g4, 0.0) ** 0.25)


def coupling_array(g4: Array) -> Array:
    """Turn g4 (1e-40 per GeV^4, any shape) into g_ag in 1/GeV."""
    g: Array = G10_PER_GEV * np.maximum(g4, 0.0) ** 0.25
    return g


@overload
def in_gev4(g4: float) -> float: ...
@overload
def in_gev4(g4: Array) -> Array: ...
def in_gev4(g4: float | Array) -> float | Array:
    """Turn g4 (1e-40 per GeV^4) into 1/GeV^4."""
    return g4 * G10_4_PER_GEV4


def li_ma(n_on: float, n_off: float, alpha: float) -> float:
    """Give the significance of an excess by Li and Ma, ApJ 272 (1983) 317, eq. 17.

    Parameters
    ----------
    n_on, n_off
        Counts on and off the Sun.
    alpha
        On-time / off-time.

    Returns
    -------
    float
        Standard deviations; negative for a deficit.
    """
    total = n_on + n_off
    on = n_on * math.log((1.0 + alpha) / alpha * n_on / total) if n_on > 0 else 0.0
    off = n_off * math.log((1.0 + alpha) * n_off / total) if n_off > 0 else 0.0
    return math.copysign(math.sqrt(2.0 * max(on + off, 0.0)), n_on - alpha * n_off)


def _falls_by(drop: float, start: float, peak: float, data: tuple[Any, ...]) -> float:
    from scipy.optimize import brentq

    from helioscope.axion import kernels

    def excess(g4: float) -> float:
        return float(kernels.log_likelihood(g4, data)) - peak + drop

    step = 1.0 / max(float(np.sum(data[4])), 1e-300)
    while excess(start + step) > 0:
        step *= 2.0
    return float(brentq(excess, start, start + step))
