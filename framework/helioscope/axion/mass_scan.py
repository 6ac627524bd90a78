"""The limit as a function of the axion mass, with its expectation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope.axion import limits, pseudo_experiments
from helioscope.axion.flux import SolarFlux
from helioscope.axion.likelihood import PoissonModel
from helioscope.axion.measurement import Measurement

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MassScan:
    """Limits over a grid of masses.

    Attributes
    ----------
    mass_ev
        (m,) axion masses.
    g_per_gev
        (m,) upper limit on g_ag.
    g4_best_per_gev4, g4_error_per_gev4
        (m,) best fit and its error.
    expected_g_per_gev
        (m, 5) expected limit on g_ag at the quantiles 2.5, 16, 50, 84 and 97.5 %; NaN where no
        pseudo-experiments were asked for.
    """

    mass_ev: Array
    g_per_gev: Array
    g4_best_per_gev4: Array
    g4_error_per_gev4: Array
    expected_g_per_gev: Array


def scan_masses(
    measurement: Measurement,
    flux: SolarFlux,
    mass_ev: Array,
    experiments: int = 0,
    seed: int = 2004,
    level: float = 0.95,
    workers: int = 1,
) -> MassScan:
    """Fit and limit g^4 at each mass, in vacuum or gas as each set says.

    Parameters
    ----------
    measurement
        The sets.
    flux
        The solar axions.
    mass_ev
        (m,) masses in eV.
    experiments
        Pseudo-experiments for the expected limit at each mass; 0 for none. The same counts are
        drawn at each mass, so that the bands are smooth.
    seed
        Of the random numbers.
    level
        Level of the limits.
    workers
        Threads, which share the masses.
    """
    model = PoissonModel(measurement, flux)

    def at(mass: float) -> tuple[float, float, float, Array]:
        likelihood = model.at(mass)
        fitted = limits.fit(likelihood)
        limit = limits.bayesian_limit(likelihood, level)
        expected = np.full(len(pseudo_experiments.QUANTILES), np.nan)
        if experiments:
            expected = pseudo_experiments.expected_limits(
                model.at(mass, drawn=True), experiments, seed, level
            )
        return fitted.best, fitted.error, limit, expected

    masses = [float(mass) for mass in mass_ev]
    rows = list(pseudo_experiments.in_threads(at, masses, workers))
    best, error, limit = (np.array([row[k] for row in rows], float) for k in range(3))
    expected = np.array([row[3] for row in rows])
    return MassScan(
        mass_ev=np.array(masses),
        g_per_gev=limits.coupling_array(limit),
        g4_best_per_gev4=limits.in_gev4(best),
        g4_error_per_gev4=limits.in_gev4(error),
        expected_g_per_gev=limits.coupling_array(expected),
    )


def resonant_masses(
    measurement: Measurement, lowest_ev: float, highest_ev: float, count: int
) -> Array:
    """Choose masses for a scan: evenly on a logarithmic scale, and finely around each resonance.

    Parameters
    ----------
    measurement
        Its gas-filled sets have a resonance at their photon mass.
    lowest_ev, highest_ev
        The range.
    count
        Masses on the logarithmic scale.
    """
    masses = [np.geomspace(lowest_ev, highest_ev, count)]
    filled = [(item.gas, item.magnet) for item in measurement.counting]
    filled += [(part.gas, item.magnet) for item in measurement.unbinned for part in item.periods]
    for gas, magnet in filled:
        if gas is None:
            continue
        centre = gas.photon_mass_ev
        # The width in m^2 is that of q L / 2 = +-1.39 at 4.2 keV.
        width = 4.0 * 4200.0 * 1.39 / (magnet.length_m * 5.0677e6) / centre
        masses.append(centre + width * np.linspace(-2.0, 2.0, 17))
    joined = np.unique(np.concatenate(masses))
    chosen: Array = joined[(joined >= lowest_ev) & (joined <= highest_ev)]
    return chosen
