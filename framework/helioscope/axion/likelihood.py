"""The likelihood of a measurement as a function of g^4, in units of 1e-40 per GeV^4."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.constants import G10_4_PER_GEV4
from helioscope.axion.flux import SolarFlux
from helioscope.axion.measurement import CountingSet, Measurement
from helioscope.axion.signal import SignalModel, expected_counts, scaled_published
from helioscope.axion.unbinned import Column, EventModel
from helioscope.errors import InputError, UsageError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Likelihood:
    """Poisson bins and Gaussian results of several sets, joined.

    ln L(g4) = sum over bins of n ln(b + g4 s) - (b + g4 s), in an on/off bin with b at the value
    that is most likely for this g4 (profiled), plus -(g4 - best)^2 / (2 error^2) where a Gaussian
    part is given.

    Attributes
    ----------
    n_on
        (bins,) counts on the Sun.
    background
        (bins,) background in the on-time: as known, or alpha n_off.
    n_off, alpha
        (bins,) off-counts and on/off ratio; alpha 0 marks a bin whose background is known.
    signal
        (bins,) expected counts at g4 = 1.
    gauss_best, gauss_error
        Joint Gaussian result in the same unit; error infinite where there is none.
    """

    n_on: Array
    background: Array
    n_off: Array
    alpha: Array
    signal: Array
    gauss_best: float = 0.0
    gauss_error: float = float("inf")

    def with_counts(self, n_on: Array, n_off: Array) -> Likelihood:
        """Give the same likelihood of other counts."""
        background = np.where(self.alpha > 0, self.alpha * n_off, self.background)
        return replace(self, n_on=n_on, n_off=n_off, background=background)


@dataclass(frozen=True)
class BinnedResult:
    """A best fit of g4 with its error, in units of 1e-40 per GeV^4, and its chi-square."""

    best: float
    error: float
    chi2: float
    degrees: int


def poisson_likelihood(
    measurement: Measurement, flux: SolarFlux, mass_ev: float = 0.0, drawn: bool = False
) -> Likelihood:
    """Build the Poisson likelihood of all sets at one axion mass.

    Parameters
    ----------
    measurement
        The sets: bins, single events, and published results, which enter as Gaussians.
    flux
        The solar axions at g10 = 1.
    mass_ev
        Axion mass in eV.
    drawn
        Whether it serves to draw pseudo-experiments; see `PoissonModel.at`.

    Raises
    ------
    InputError
        Where nothing would give a single count at this mass.
    """
    return PoissonModel(measurement, flux).at(mass_ev, drawn)


class PoissonModel:
    """The Poisson likelihood of a measurement as a function of the axion mass.

    Parameters
    ----------
    measurement
        The sets; published results enter as Gaussians.
    flux
        The solar axions at g10 = 1.
    """

    def __init__(self, measurement: Measurement, flux: SolarFlux) -> None:
        self.measurement = measurement
        self.flux = flux
        self.signals = [SignalModel(item, flux) for item in measurement.counting]
        self.events = [EventModel(item, flux) for item in measurement.unbinned]

    def at(self, mass_ev: float, drawn: bool = False) -> Likelihood:
        """Give the likelihood at one mass (eV).

        Parameters
        ----------
        mass_ev
            Axion mass.
        drawn
            Put classes of signal to background in the place of single events. Counts can be drawn
            in them, which is what pseudo-experiments need; those of the events are not in them.

        Raises
        ------
        InputError
            Where nothing would give a single count at this mass.
        """
        published = [
            scaled_published(item, self.flux, mass_ev) for item in self.measurement.published
        ]
        best, error = combine(published)
        signal = [model.counts(mass_ev) for model in self.signals]
        events = [
            model.classes(mass_ev) if drawn else model.column(mass_ev) for model in self.events
        ]
        likelihood = _joined(self.measurement.counting, signal, events, best, error)
        if likelihood.signal.sum() <= 0 and not np.isfinite(error):
            raise InputError(
                where=str(self.measurement.path),
                found=f"no expected count at a mass of {mass_ev:g} eV",
                expected="a sensitivity above zero",
            )
        return likelihood


def chi_square_likelihood(
    measurement: Measurement, flux: SolarFlux, mass_ev: float = 0.0
) -> tuple[Likelihood, dict[str, BinnedResult]]:
    """Fit g4 to the background-subtracted counts of each set by chi-square, and join the results.

    chi2 = sum (d - g4 s)^2 / sigma^2 over the bins, as in CAST, Phys. Rev. Lett. 94 (2005) 121301,
    with d = n_on - b. sigma^2 = max(n_on, b) + alpha^2 n_off: in an empty bin the background stands
    in for the counts, which would give no error.

    Returns
    -------
    Likelihood
        With its Gaussian part only.
    dict
        Set name to the result of its own fit.

    Raises
    ------
    UsageError
        Where a set holds single events, which have no chi-square.
    """
    for events in measurement.unbinned:
        raise UsageError(
            where=f"{measurement.path}, set '{events.name}'",
            found="single events, for a chi-square",
            expected="the Poisson method, or counts in bins",
        )
    results: dict[str, BinnedResult] = {}
    for item in measurement.counting:
        signal = expected_counts(item, flux, mass_ev)
        results[item.name] = fit_chi_square(item, signal)
    for published in measurement.published:
        best, error = scaled_published(published, flux, mass_ev)
        scaled = (best / G10_4_PER_GEV4, error / G10_4_PER_GEV4)
        results[published.name] = BinnedResult(*scaled, 0.0, 0)
    pairs = [(r.best * G10_4_PER_GEV4, r.error * G10_4_PER_GEV4) for r in results.values()]
    return _joined((), [], [], *combine(pairs)), results


def fit_chi_square(data: CountingSet, signal: Array) -> BinnedResult:
    """Fit g4 to one set; `signal` holds its expected counts per bin at g10 = 1."""
    background = data.expected_background
    variance = np.maximum(data.n_on, background)
    if data.n_off is not None and data.alpha is not None:
        variance = variance + data.alpha**2 * data.n_off
    used = variance > 0
    excess, sigma2, s = (data.n_on - background)[used], variance[used], signal[used]
    weight = float((s**2 / sigma2).sum())
    if weight <= 0:
        raise InputError(where=f"set '{data.name}'", found="no bin with counts and sensitivity")
    best = float((s * excess / sigma2).sum()) / weight
    chi2 = float(((excess - best * s) ** 2 / sigma2).sum())
    return BinnedResult(best, weight**-0.5, chi2, int(used.sum()) - 1)


def combine(results: list[tuple[float, float]]) -> tuple[float, float]:
    """Join independent Gaussian results (best, error) by adding their chi-squares."""
    weights = sum((error**-2 for _, error in results), 0.0)
    if not weights:
        return 0.0, float("inf")
    return sum(best * error**-2 for best, error in results) / weights, float(weights**-0.5)


def _joined(
    sets: tuple[CountingSet, ...],
    signal: list[Array],
    events: list[Column],
    best_gev4: float,
    error_gev4: float,
) -> Likelihood:
    def column(values: list[Array]) -> Array:
        return np.ascontiguousarray(np.concatenate([np.empty(0), *values]), float)

    zeros = [np.zeros(item.n_on.size) for item in events]
    n_off = [np.zeros_like(item.n_on) if item.n_off is None else item.n_off for item in sets]
    alpha = [np.full_like(item.n_on, item.alpha or 0.0) for item in sets]
    background = [item.expected_background for item in sets]
    return Likelihood(
        n_on=column([item.n_on for item in sets] + [item.n_on for item in events]),
        background=column(background + [item.background for item in events]),
        n_off=column(n_off + zeros),
        alpha=column(alpha + zeros),
        signal=column(signal + [item.signal for item in events]),
        gauss_best=best_gev4 / G10_4_PER_GEV4,
        gauss_error=error_gev4 / G10_4_PER_GEV4,
    )
