"""Observables like those of a strip detector, without the detector.

X-rays: a compact charge cloud, whose size falls with energy from diffusion and statistics and
rises again with the range of the photoelectron; charge balance and rise time with a spread
from counting statistics and noise. Background: muon tracks (long, unbalanced, slow) and
electrons (in between), with a continuous spectrum. Gain, rise time and noise drift from run
to run.
"""

from __future__ import annotations

import numpy as np

from helioscope.classification.features import Feature
from helioscope.classification.samples import Sample, on_lines, time_blocks

FEATURES = (
    Feature("size_x_mm"),
    Feature("size_y_mm"),
    Feature("charge_balance"),
    Feature("multiplicity", side="both"),
    Feature("skew_x"),
    Feature("rise_time_ns", side="upper"),
    Feature("clusters", side="upper", follows_energy=False),
)
RESOLUTION = 0.09


def smeared(rng: np.random.Generator, true_kev: np.ndarray, gain: float) -> np.ndarray:
    measured = true_kev + rng.normal(0, RESOLUTION * np.sqrt(5.9 * true_kev))
    return gain * np.maximum(measured, 0.05)


def xrays(rng: np.random.Generator, energy_kev: np.ndarray, drift: float) -> np.ndarray:
    n, statistics = len(energy_kev), 1 / np.sqrt(energy_kev)
    reach = 0.012 * energy_kev**1.75
    diffusion = 0.9 * np.sqrt(rng.uniform(0.05, 1.0, n))
    size = [np.hypot(diffusion, reach * rng.uniform(0, 1, n)) for _ in range(2)]
    noise = [rng.normal(0, 0.05 * statistics) for _ in range(4)]
    multiplicity = 4 + 3 * np.log(energy_kev + 1) + rng.normal(0, 1.0, n)
    clusters = 1 + (rng.random(n) < 0.03) + (rng.random(n) < 0.004)
    return np.column_stack(
        (
            size[0] + noise[0],
            size[1] + noise[1],
            rng.normal(0, 0.10 * statistics + 0.02),
            np.round(multiplicity),
            rng.normal(0, 0.5, n) + noise[2],
            60 * (1 + drift) + 25 * diffusion + rng.normal(0, 8 * statistics),
            clusters,
        )
    )


def background(rng: np.random.Generator, n: int, drift: float) -> tuple[np.ndarray, np.ndarray]:
    energy = rng.exponential(4.0, n) + rng.uniform(0.3, 6.0, n)
    muon = rng.random(n) < 0.6
    length = np.where(muon, rng.exponential(6.0, n) + 0.8, rng.exponential(1.6, n) + 0.3)
    angle = rng.uniform(0, np.pi / 2, n)
    size = np.hypot(0.5, length * np.cos(angle)), np.hypot(0.5, length * np.sin(angle))
    values = np.column_stack(
        (
            size[0],
            size[1],
            rng.normal(0, 0.30, n),
            np.round(3 + 6 * (size[0] + size[1]) + rng.normal(0, 2, n)),
            rng.normal(0, 1.1, n),
            70 * (1 + drift) + 30 * rng.exponential(1.5, n) * np.where(muon, 2, 1),
            1 + rng.poisson(np.where(muon, 1.2, 0.3)),
        )
    )
    return values, energy


def iron(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.where(rng.random(n) < 0.15, 2.96, np.where(rng.random(n) < 0.88, 5.9, 6.49))


def sample(
    seed: int,
    runs: int = 5,
    rows: int = 1500,
    lines_kev: tuple[float, ...] = (),
    continuous: bool = False,
) -> Sample:
    """Runs of the source and of background, alternating; or X-rays of given lines instead."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(runs):
        drift = rng.normal(0, 0.02)
        true = iron(rng, rows)
        if lines_kev:
            true = rng.choice(lines_kev, rows)
        elif continuous:
            true = np.where(rng.random(rows) < 0.5, true, rng.uniform(0.8, 10, rows))
        energy = smeared(rng, true, 1 + drift / 2)
        values = xrays(rng, true, drift)
        if not lines_kev and not continuous:
            kept = on_lines(energy, (2.96, 5.9), RESOLUTION)
            energy, values = energy[kept], values[kept]
        parts.append((values, energy, True, number))
        parts.append((*background(rng, rows, drift), False, runs + number))
    run = np.concatenate([np.full(len(e), number) for _, e, _, number in parts])
    return Sample(
        FEATURES,
        np.concatenate([values for values, *_ in parts]),
        np.concatenate([energy for _, energy, *_ in parts]),
        np.concatenate([np.full(len(e), label) for _, e, label, _ in parts]),
        time_blocks(run, np.arange(len(run)), runs),
    )
