"""The fit of a 55Fe spectrum: 5.9 keV line, argon escape line, flat background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Mn K alpha and K beta in keV with their shares (Hoelzer et al., PRA 56 (1997) 4554), and what
#: argon's K alpha photon of 2.957 keV takes along when it escapes.
LINES_KEV = np.array([5.895, 6.490])
SHARES = np.array([0.880, 0.120])
ESCAPE_KEV = 2.957
REFERENCE_KEV = 5.9
_FWHM = 2.3548


class LineFit(NamedTuple):
    """Scale and resolution of a spectrum.

    ``per_kev`` charge per keV; ``fwhm`` relative full width at half maximum at 5.9 keV;
    ``escape_kev`` where the escape line of K alpha lies on that scale (2.938 keV if linear);
    ``escape_share`` its events over those of the main line; each with its error where it has one.
    ``line_over_flat`` events of the main line over flat ones within one FWHM of it; ``misfit``
    root mean square of the spectrum's relative deviation from the fit, beyond what chance does.
    """

    per_kev: float
    per_kev_err: float
    fwhm: float
    fwhm_err: float
    escape_kev: float
    escape_kev_err: float
    escape_share: float
    line_over_flat: float
    misfit: float
    counts: NDArray[np.float64]
    edges: NDArray[np.float64]
    model: NDArray[np.float64]


def peak_of(charge: NDArray[np.float64]) -> float:
    """Find the main line of a spectrum roughly: the mode of the upper part."""
    positive = charge[charge > 0]
    high = np.quantile(positive, 0.98)
    counts, edges = np.histogram(positive, 120, (0.0, 1.3 * high))
    smooth = np.convolve(counts, np.ones(7) / 7, "same")
    best = int(smooth.argmax())
    return float(0.5 * (edges[best] + edges[best + 1]))


def fit_lines(charge: NDArray[np.float64]) -> LineFit:
    """Fit both lines by Poisson likelihood in bins.

    The width goes as the root of the energy; the place of the escape line is free, so that it
    tests the linearity of the scale.

    Parameters
    ----------
    charge
        One value an event, in any unit.

    Raises
    ------
    ValueError
        Where there are fewer than 200 values in the range of the fit, or no minimum is found.
    """
    from iminuit import Minuit

    start = peak_of(charge) / (LINES_KEV @ SHARES)
    low, high = 1.8 * start, 8.5 * start
    found, edges = np.histogram(charge, 140, (low, high))
    counts = found.astype(np.float64)
    if counts.sum() < 200:
        raise ValueError(f"{int(counts.sum())} events about the 55Fe lines, fewer than 200")
    total = float(counts.sum())

    def minus_log_likelihood(*values: float) -> float:
        expected = np.maximum(expectation(edges, *values), 1e-9)
        return float(2.0 * (expected - counts + _n_log(counts, expected)).sum())

    guess = {"per_kev": start, "fwhm": 0.18, "main": 0.85 * total, "escape": 0.12 * total,
             "escape_kev": LINES_KEV[0] - ESCAPE_KEV, "flat": 0.03 * total}  # fmt: skip
    fit = Minuit(minus_log_likelihood, *guess.values(), name=list(guess))
    fit.errordef = 1.0
    fit.limits["per_kev"] = (0.7 * start, 1.3 * start)
    fit.limits["fwhm"] = (0.03, 0.8)
    fit.limits["escape_kev"] = (2.3, 3.6)
    for name in ("main", "escape", "flat"):
        fit.limits[name] = (0.0, 2.0 * total)
    fit.migrad()
    if not fit.valid:
        fit.strategy = 2
        fit.migrad()
    if not fit.valid:
        raise ValueError("the fit of the 55Fe lines finds no minimum")
    fit.hesse()
    value, error = fit.values.to_dict(), fit.errors.to_dict()
    model = expectation(edges, *fit.values)
    return LineFit(
        value["per_kev"], error["per_kev"], value["fwhm"], error["fwhm"], value["escape_kev"],
        error["escape_kev"], value["escape"] / max(value["main"], 1e-9),
        _line_over_flat(edges, value), _misfit(counts, float(fit.fval), len(value)),
        counts, edges, model,
    )  # fmt: skip


def _line_over_flat(edges: NDArray[np.float64], value: Mapping[str, float]) -> float:
    """Give the events of the main line over flat ones, within one FWHM of it."""
    width_kev = 2.0 * value["fwhm"] * REFERENCE_KEV
    flat = value["flat"] * width_kev * value["per_kev"] / (edges[-1] - edges[0])
    return float(min(value["main"] / max(flat, 1e-9), 1e9))


def _misfit(counts: NDArray[np.float64], deviance: float, parameters: int) -> float:
    """Turn the deviance into a relative deviation that does not grow with the run.

    A deviance of as many bins as are free, and five standard deviations of it, is chance.
    """
    free = counts.size - parameters
    beyond = deviance - free - 5.0 * np.sqrt(2.0 * free)
    return float(np.sqrt(max(beyond, 0.0) / counts.sum()))


def _n_log(counts: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = np.where(counts > 0, counts / expected, 1.0)
    out: NDArray[np.float64] = counts * np.log(ratio)
    return out


def expectation(
    edges: NDArray[np.float64],
    per_kev: float,
    fwhm: float,
    main: float,
    escape: float,
    escape_kev: float,
    flat: float,
) -> NDArray[np.float64]:
    """Give the expected counts of each bin."""
    below = flat * (edges - edges[0]) / (edges[-1] - edges[0])
    apart = LINES_KEV - LINES_KEV[0]
    for number, first in ((main, LINES_KEV[0]), (escape, escape_kev)):
        for place, share in zip(first + apart, SHARES, strict=True):
            sigma = fwhm / _FWHM * np.sqrt(REFERENCE_KEV * place)
            below = below + number * share * _below((edges / per_kev - place) / sigma)
    counts: NDArray[np.float64] = np.diff(below)
    return counts


def _below(deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtr

    below: NDArray[np.float64] = ndtr(deviation)
    return below
