"""Drift: how far the observables of one set of runs are from those a model was trained on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.features import Decorrelation, finite_rows
from helioscope.classification.samples import Sample

Floats = NDArray[np.float64]


class Drift(NamedTuple):
    """How far one feature moved.

    Attributes
    ----------
    distance
        Kolmogorov–Smirnov distance of its deviations to those of the training data.
    usual
        The mean distance of a training block of the same size to all others: what comes from
        counting and from one run to the next.
    probability
        That blocks as different as the training blocks are show such a distance or more,
        from the rank among them; never below 1 / (blocks + 1).
    shift
        Move of the median in half-widths of the training data.
    """

    feature: str
    distance: float
    usual: float
    probability: float
    shift: float


def drift(
    sample: Sample,
    decorrelation: Decorrelation,
    values: Floats,
    energy_kev: Floats,
    *,
    xray: bool,
) -> list[Drift]:
    """Compare data at hand with one class of the training data, feature by feature.

    Deviations from an X-ray of the same energy are compared, so that another spectrum alone
    is no drift of X-rays.

    Parameters
    ----------
    sample
        The training data.
    values, energy_kev
        The data at hand, float64 (rows, features) and (rows,); rows that are not finite are
        left out.
    xray
        Which class the data at hand are to be compared with.
    """
    trained = sample.taken(sample.xray == xray)
    reference = decorrelation(trained.values, trained.energy_kev)
    kept = finite_rows(values, energy_kev)
    at_hand = decorrelation(values[kept], energy_kev[kept])
    found = []
    for column, feature in enumerate(sample.features):
        known, seen = reference[:, column], at_hand[:, column]
        blocks = block_distances(known, trained.block)
        distance = ks_distance(known, seen)
        above = int((blocks >= distance).sum())
        width = float(np.subtract(*np.quantile(known, (0.841345, 0.158655))) / 2) or 1.0
        shift = float(np.median(seen) - np.median(known)) / width if len(seen) else 0.0
        probability = (above + 1) / (len(blocks) + 1)
        found.append(Drift(feature.name, distance, float(blocks.mean()), probability, shift))
    return found


def block_distances(values: Floats, block: NDArray[np.int64]) -> Floats:
    """Give the distance of each block to all the others together, float64 (blocks,)."""
    numbers = np.unique(block)
    if len(numbers) < 2:
        return np.zeros(1)
    return np.array([ks_distance(values[block != n], values[block == n]) for n in numbers])


def ks_distance(first: Floats, second: Floats) -> float:
    """Give the largest distance of two cumulative distributions (0 where one has no rows)."""
    if not len(first) or not len(second):
        return 0.0
    places = np.unique(np.concatenate((first, second)))
    below = [
        np.searchsorted(np.sort(values), places, "right") / len(values)
        for values in (first, second)
    ]
    return float(np.abs(below[0] - below[1]).max())
