"""Drift: how far the observables of one set of runs are from those a model was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.features import ONE_SIGMA, Decorrelation, finite_rows
from helioscope.classification.samples import Sample

Floats = NDArray[np.float64]

#: Quantiles that stand for the distribution of one feature; distances are good to half of 1 %.
QUANTILES = 201


class Drift(NamedTuple):
    """How far one feature moved.

    Attributes
    ----------
    distance
        Kolmogorov–Smirnov distance of its deviations to those of the training data.
    usual
        Mean distance of a training block to all others: what comes from counting and from one
        run to the next.
    probability
        That a block of the training data shows such a distance or more, from the rank among
        them; never below 1 / (blocks + 1).
    shift
        Move of the median in half-widths of the training data.
    """

    feature: str
    distance: float
    usual: float
    probability: float
    shift: float


@dataclass(frozen=True)
class Distributions:
    """One class of the training data, small enough for a card.

    Attributes
    ----------
    quantiles
        float64 (features, `QUANTILES`): of the deviations from an X-ray of the same energy, so
        that another spectrum alone is no drift of X-rays. Each is a value that did occur.
    between_blocks
        float64 (features, blocks): distance of each training block to all others.
    """

    quantiles: Floats
    between_blocks: Floats

    @classmethod
    def of(cls, sample: Sample, decorrelation: Decorrelation, *, xray: bool) -> Distributions:
        """Measure one class of a sample."""
        chosen = sample.taken(sample.xray == xray)
        deviations = decorrelation(chosen.values, chosen.energy_kev)
        levels = np.linspace(0, 1, QUANTILES)
        return cls(
            np.quantile(deviations, levels, axis=0, method="inverted_cdf").T,
            np.array([block_distances(column, chosen.block) for column in deviations.T]),
        )

    def drift(
        self,
        features: tuple[str, ...],
        decorrelation: Decorrelation,
        values: Floats,
        energy_kev: Floats,
    ) -> list[Drift]:
        """Compare data at hand with these, feature by feature.

        Parameters
        ----------
        values, energy_kev
            float64 (rows, features) and (rows,); rows that are not finite are left out.
        """
        kept = finite_rows(values, energy_kev)
        at_hand = decorrelation(values[kept], energy_kev[kept])
        return [
            _drift(name, known, blocks, seen)
            for name, known, blocks, seen in zip(
                features, self.quantiles, self.between_blocks, at_hand.T, strict=True
            )
        ]

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values for a card."""
        return {
            "quantiles": self.quantiles.tolist(),
            "between_blocks": self.between_blocks.tolist(),
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Distributions:
        """Build it again from `as_dict`; ValueError where the shapes disagree."""
        quantiles = np.array(plain["quantiles"], np.float64)
        between = np.array(plain["between_blocks"], np.float64)
        if quantiles.ndim != 2 or between.ndim != 2 or len(quantiles) != len(between):
            raise ValueError("distributions need quantiles and distances of each feature")
        return cls(quantiles, between)


def _drift(feature: str, known: Floats, blocks: Floats, seen: Floats) -> Drift:
    distance = ks_distance(known, seen)
    low, high = np.quantile(known, ONE_SIGMA)
    width = float(high - low) / 2 or 1.0
    shift = float(np.median(seen) - np.median(known)) / width if len(seen) else 0.0
    probability = (int((blocks >= distance).sum()) + 1) / (len(blocks) + 1)
    return Drift(feature, distance, float(blocks.mean()), probability, shift)


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
