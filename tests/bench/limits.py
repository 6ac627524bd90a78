"""The speed of a limit over 100 masses and 12 sets with 1000 pseudo-experiments.

The peer is what a user would write instead: the same likelihood in numpy with scipy's minimiser and
quadrature, timed on a few pseudo-experiments. Run with ``python -m tests.bench.limits``.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import click
import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar

from helioscope.axion import pseudo_experiments
from helioscope.axion.likelihood import Likelihood, PoissonModel
from helioscope.axion.mass_scan import scan_masses
from helioscope.axion.measurement import CountingSet, Magnet, Measurement
from helioscope.axion.solar_image import standard_flux

MASSES = np.geomspace(1e-4, 0.5, 100)
EXPERIMENTS = 1000


def twelve_sets() -> Measurement:
    """Make twelve on/off sets of 20 bins, as large as those of a CAST season."""
    generator = np.random.default_rng(12)
    edges = np.linspace(1.0, 7.0, 21)
    energy = np.linspace(0.5, 8.0, 76)
    sets = []
    for number in range(12):
        expected = generator.uniform(0.5, 4.0, 20)
        sets.append(
            CountingSet(
                name=f"set {number}",
                e_lo_kev=edges[:-1],
                e_hi_kev=edges[1:],
                n_on=generator.poisson(expected).astype(float),
                n_background=None,
                n_off=generator.poisson(expected * 10.0).astype(float),
                alpha=0.1,
                exposure_energy_kev=energy,
                exposure_cm2_s=3e6 * np.exp(-(((energy - 4.0) / 3.0) ** 2)),
                magnet=Magnet(9.0, 9.26),
                disc_radius_rsun=0.23,
            )
        )
    return Measurement(Path("bench"), tuple(sets))


def peer_limit(data: Likelihood) -> float:
    """Give the Bayesian limit as numpy and scipy would."""
    n, off, alpha, s = data.n_on, data.n_off, data.alpha, data.signal

    def log_likelihood(g4: float) -> float:
        a, excess = 1.0 + 1.0 / alpha, g4 * s
        half = (a * excess - n - off) / (2.0 * a)
        b = np.maximum(-half + np.sqrt(np.maximum(half**2 + off * excess / a, 0.0)), 1e-300)
        return float(np.sum(n * np.log(b + excess) - b - excess + off * np.log(b) - b / alpha))

    best = minimize_scalar(lambda g4: -log_likelihood(g4), bounds=(0.0, 20.0), method="bounded")
    peak = -float(best.fun)

    def area(top: float) -> float:
        return float(quad(lambda g4: np.exp(log_likelihood(g4) - peak), 0.0, top, limit=200)[0])

    total = area(20.0)
    return float(brentq(lambda top: area(top) - 0.95 * total, 1e-6, 20.0, xtol=1e-4))


def main() -> None:
    """Time ours and the peer in one run, and print the ratio."""
    data, flux, workers = twelve_sets(), standard_flux(), os.cpu_count() or 1
    scan_masses(data, flux, MASSES[:1], 2)
    start = time.perf_counter()
    scan_masses(data, flux, MASSES, EXPERIMENTS, workers=workers)
    scanned = time.perf_counter() - start
    likelihood = PoissonModel(data, flux).at(1e-3)
    drawn = pseudo_experiments.draw(likelihood, EXPERIMENTS, np.random.default_rng(1))
    start = time.perf_counter()
    ours = pseudo_experiments.bayesian_limits(likelihood, drawn)
    each = (time.perf_counter() - start) / EXPERIMENTS
    sample = 20
    start = time.perf_counter()
    theirs = [
        peer_limit(likelihood.with_counts(drawn.n_on[k], drawn.n_off[k])) for k in range(sample)
    ]
    peer = (time.perf_counter() - start) / sample
    worst = float(np.abs(ours[:sample] / np.array(theirs) - 1.0).max())
    click.echo(
        f"100 masses x 12 sets x {EXPERIMENTS} pseudo-experiments: {scanned:.1f} s, "
        f"{workers} threads"
    )
    click.echo(
        f"one limit of 240 on/off bins: {each * 1e6:.0f} us; numpy and scipy "
        f"{peer * 1e6:.0f} us: ratio {peer / each:.0f}; largest difference {worst:.1e}"
    )


if __name__ == "__main__":
    main()
