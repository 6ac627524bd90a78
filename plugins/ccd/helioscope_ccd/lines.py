"""Fit of the Mn K lines of a 55Fe source, by Poisson likelihood."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: keV; the mean of K-alpha 1 and 2 in their ratio 2 : 1, and K-beta 1,3 (Bearden, Rev. Mod.
#: Phys. 39 (1967) 78).
K_ALPHA1, K_ALPHA2, K_BETA = 5.89875, 5.88765, 6.49045
K_ALPHA = (2.0 * K_ALPHA1 + K_ALPHA2) / 3.0


class LineFit(NamedTuple):
    """Result of a fit; the gain is that of the spectrum's own unit, in eV a unit.

    Attributes
    ----------
    sigma_ev
        Width of K-alpha, one standard deviation.
    parameters
        Of `expected`, in its order.
    edges, counts
        The histogram that was fitted.
    chi2
        Poisson deviance (Baker and Cousins, NIM 221 (1984) 437).
    """

    gain: float
    gain_error: float
    sigma_ev: float
    events: int
    chi2: float
    ndf: int
    valid: bool
    parameters: NDArray[np.float64]
    edges: NDArray[np.float64]
    counts: NDArray[np.int64]


def expected(
    edges: NDArray[np.float64],
    gain: float,
    sigma_kev: float,
    alpha: float,
    beta: float,
    tail: float,
    slope_kev: float,
    flat: float,
) -> NDArray[np.float64]:
    """Give the expected counts in bins.

    Parameters
    ----------
    edges
        Bin edges in the spectrum's unit.
    gain
        keV a unit.
    sigma_kev
        Width of each line.
    alpha, beta
        Events in K-alpha and in K-beta relative to it.
    tail, slope_kev
        Fraction of each line in a tail to low energies and its length: charge that was lost
        to neighbours below their threshold.
    flat
        Further events a keV.
    """
    energy = edges * gain
    total = np.zeros(edges.size)
    for line, weight in ((K_ALPHA1, 2.0 / 3.0), (K_ALPHA2, 1.0 / 3.0), (K_BETA, beta)):
        core = _gauss_cdf(energy, line, sigma_kev)
        lost = _tail_cdf(energy, line, sigma_kev, slope_kev)
        total += weight * ((1.0 - tail) * core + tail * lost)
    return np.diff(alpha * total + flat * energy)


def _gauss_cdf(energy: NDArray[np.float64], line: float, sigma: float) -> NDArray[np.float64]:
    from scipy.special import ndtr

    return np.asarray(ndtr((energy - line) / sigma))


def _tail_cdf(
    energy: NDArray[np.float64], line: float, sigma: float, slope: float
) -> NDArray[np.float64]:
    """Give the distribution function of a Gaussian folded with a falling exponential."""
    from scipy.special import log_ndtr, ndtr

    shift = (energy - line) / sigma
    ratio = sigma / slope
    exponent = 0.5 * ratio**2 + shift * ratio + log_ndtr(-shift - ratio)
    return np.asarray(ndtr(shift) + np.exp(exponent))


def fit_lines(
    signals: NDArray[np.floating],
    gain_guess: float,
    window_kev: tuple[float, float] = (5.4, 6.9),
    bin_ev: float = 15.0,
) -> LineFit:
    """Fit the doublet in the signals of single-pixel events.

    Parameters
    ----------
    signals
        In any unit proportional to energy (ADU).
    gain_guess
        keV a unit, good to a few per cent; `find_gain` gives one.
    window_kev, bin_ev
        Range and bins of the fit in keV and eV by the guess.
    """
    from iminuit import Minuit

    low, high = (edge / gain_guess for edge in window_kev)
    bins = max(round((window_kev[1] - window_kev[0]) * 1e3 / bin_ev), 20)
    counts, edges = np.histogram(signals, bins, (low, high))
    number = int(counts.sum())
    minuit = Minuit(
        lambda *values: deviance(counts, expected(edges, *values)),
        gain_guess, 0.06, 0.8 * max(number, 1), 0.15, 0.1, 0.1, 0.05 * max(number, 1),
        name=("gain", "sigma", "alpha", "beta", "tail", "slope", "flat"),
    )  # fmt: skip
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.limits["gain"] = (0.97 * gain_guess, 1.03 * gain_guess)
    minuit.limits["sigma"] = (0.02, 0.4)
    minuit.limits["alpha"] = (0.0, None)
    minuit.limits["beta"] = (0.0, 0.6)
    minuit.limits["tail"] = (0.0, 0.8)
    minuit.limits["slope"] = (0.02, 0.6)
    minuit.limits["flat"] = (0.0, None)
    minuit.fixed["tail"] = minuit.fixed["slope"] = True
    minuit.values["tail"] = 0.0
    minuit.migrad()
    if number > 500:
        minuit.values["tail"] = 0.1
        minuit.fixed["tail"] = minuit.fixed["slope"] = False
        minuit.migrad()
    minuit.hesse()
    values = np.array(minuit.values)
    return LineFit(
        float(values[0] * 1e3), float(minuit.errors["gain"] * 1e3), float(values[1] * 1e3),
        number, float(minuit.fval), bins - int(minuit.nfit), bool(minuit.valid) and number > 30,
        values, edges, counts,
    )  # fmt: skip


def deviance(counts: NDArray[np.int64], model: NDArray[np.float64]) -> float:
    """Give -2 ln of the Poisson likelihood relative to its best (Baker and Cousins 1984)."""
    mean = np.maximum(model, 1e-9)
    ratio = np.where(counts > 0, counts / mean, 1.0)
    return float(2.0 * np.sum(mean - counts + counts * np.log(ratio)))


def find_gain(signals: NDArray[np.floating], nominal: float, reach: float = 0.3) -> float:
    """Find K-alpha as the densest stretch of the spectrum, and give keV a unit.

    Parameters
    ----------
    nominal
        keV a unit, right to the fraction ``reach``.
    """
    low, high = K_ALPHA / nominal * (1.0 - reach), K_ALPHA / nominal * (1.0 + reach)
    inside = np.sort(signals[(signals > low) & (signals < high)].astype(np.float64))
    if inside.size < 10:
        return nominal
    width = 0.02 * K_ALPHA / nominal
    upper = np.searchsorted(inside, inside + width)
    start = int(np.argmax(upper - np.arange(inside.size)))
    return float(K_ALPHA / np.median(inside[start : upper[start]]))
