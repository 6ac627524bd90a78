"""Fit of the Mn K lines of a 55Fe source, by Poisson likelihood."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: keV; the mean of K-alpha 1 and 2 in their ratio 2 : 1, and K-beta 1,3 (Bearden, Rev. Mod.
#: Phys. 39 (1967) 78).
K_ALPHA1, K_ALPHA2, K_BETA = 5.89875, 5.88765, 6.49045
K_ALPHA = (2.0 * K_ALPHA1 + K_ALPHA2) / 3.0


class LineShape(NamedTuple):
    """Shape of the doublet, common to all nodes.

    Attributes
    ----------
    sigma_kev
        Width of each line, one standard deviation.
    beta
        Events in K-beta relative to K-alpha.
    tail, slope_kev
        Fraction of each line in an exponential tail to low energies, and its length: charge
        that was lost to neighbours below their threshold.
    """

    sigma_kev: float
    beta: float
    tail: float
    slope_kev: float


class LineFit(NamedTuple):
    """Result of a fit.

    Attributes
    ----------
    gain, gain_error
        In eV per unit of the spectrum.
    alpha, flat
        Events in K-alpha, and others per keV.
    edges, counts
        The histogram that was fitted.
    chi2
        Poisson deviance (Baker and Cousins, NIM 221 (1984) 437).
    """

    gain: float
    gain_error: float
    shape: LineShape
    alpha: float
    flat: float
    events: int
    chi2: float
    ndf: int
    valid: bool
    edges: NDArray[np.float64]
    counts: NDArray[np.int64]

    def expected(self) -> NDArray[np.float64]:
        """Give the fitted counts in the bins."""
        return expected(self.edges, self.gain * 1e-3, self.alpha, self.flat, self.shape)


#: Where a fit of the shape starts, and its bounds.
FIRST_SHAPE = LineShape(0.06, 0.15, 0.05, 0.1)
SHAPE_LIMITS = ((0.02, 0.4), (0.0, 0.5), (0.0, 0.6), (0.03, 0.5))


def expected(
    edges: NDArray[np.float64], gain: float, alpha: float, flat: float, shape: LineShape
) -> NDArray[np.float64]:
    """Give the expected counts in bins whose edges times ``gain`` are keV."""
    energy = edges * gain
    total = np.zeros(edges.size)
    lines = ((K_ALPHA1, 2.0 / 3.0), (K_ALPHA2, 1.0 / 3.0), (K_BETA, shape.beta))
    for line, weight in lines:
        core = _gauss_cdf(energy, line, shape.sigma_kev)
        if shape.tail > 0:
            lost = _tail_cdf(energy, line, shape.sigma_kev, shape.slope_kev)
            core = (1.0 - shape.tail) * core + shape.tail * lost
        total += weight * core
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
    shape: LineShape | None = None,
    *,
    free_width: bool = False,
    window_kev: tuple[float, float] = (5.3, 6.9),
    bin_ev: float = 10.0,
) -> LineFit:
    """Fit the doublet in the signals of single-pixel events.

    Parameters
    ----------
    signals
        In any unit proportional to energy (ADU).
    gain_guess
        keV a unit, good to 3 per cent; `find_gain` gives one.
    shape
        Kept as it is, but for the width where ``free_width``; without, it is fitted too.
    window_kev, bin_ev
        Range and bins of the fit in keV and eV by the guess.
    """
    from iminuit import Minuit

    low, high = (edge / gain_guess for edge in window_kev)
    bins = max(round((window_kev[1] - window_kev[0]) * 1e3 / bin_ev), 20)
    counts, edges = np.histogram(signals, bins, (low, high))
    number = int(counts.sum())

    def cost(gain: float, alpha: float, flat: float, *form: float) -> float:
        return deviance(counts, expected(edges, gain, alpha, flat, LineShape(*form)))

    start = shape or FIRST_SHAPE
    names = ("gain", "alpha", "flat", *LineShape._fields)
    first = 0.8 * max(number, 1), 0.1 * max(number, 1)
    minuit = Minuit(cost, gain_guess, *first, *start, name=names)
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.limits = [(0.97 * gain_guess, 1.03 * gain_guess), (0, None), (0, None), *SHAPE_LIMITS]
    minuit.errors["gain"] = 0.005 * gain_guess
    for name in LineShape._fields:
        minuit.fixed[name] = shape is not None and not (free_width and name == "sigma_kev")
    if shape is None and number < 1000:
        minuit.values["tail"] = 0.0
        minuit.fixed["tail"] = minuit.fixed["slope_kev"] = True
    minuit.migrad()
    minuit.hesse()
    gain, alpha, flat, *form = (float(value) for value in minuit.values)
    return LineFit(
        gain * 1e3, float(minuit.errors["gain"]) * 1e3, LineShape(*form), alpha, flat, number,
        float(minuit.fval), bins - int(minuit.nfit), bool(minuit.valid), edges, counts,
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
