"""Sequential cuts whose places are quantiles of X-rays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.features import Feature, Side

Floats = NDArray[np.float64]

#: Values kept per feature to describe the X-rays' cumulative distribution.
NODES = 512
#: Tail probabilities below this are not told apart.
LEAST = 1e-6


class CutCount(NamedTuple):
    """One line of a cut-flow table."""

    cut: str
    passed_alone: int
    remaining: int


@dataclass(frozen=True)
class SequentialCuts:
    """One interval per feature, all opened and closed together by one number.

    The score of a row is the logarithm of the smallest, over the features, of its two-sided
    tail probability p among X-rays (one-sided where background lies on one side). Asking for
    at least p is the same as cutting each feature at the X-rays' quantiles p/2 and 1 − p/2; the
    working point is the p at which all cuts together keep the wanted share of X-rays.

    Attributes
    ----------
    sides
        Of each feature.
    nodes
        For each feature float64 (3, n): values, the share of X-rays at or below, at or above.
    """

    sides: tuple[Side, ...]
    nodes: tuple[Floats, ...]

    @classmethod
    def fitted(cls, features: Sequence[Feature], deviations: Floats) -> SequentialCuts:
        """Measure the cumulative distributions of X-rays, ``deviations`` (rows, features)."""
        return cls(
            tuple(feature.side for feature in features),
            tuple(_cumulative(column) for column in deviations.T),
        )

    def centralities(self, deviations: Floats) -> Floats:
        """Give each feature's tail probability among X-rays, float64 (rows, features)."""
        central = np.empty(deviations.shape)
        for column, (side, nodes) in enumerate(zip(self.sides, self.nodes, strict=True)):
            values = deviations[:, column]
            below = np.interp(values, nodes[0], nodes[1], left=0.0)
            above = np.interp(values, nodes[0], nodes[2], right=0.0)
            if side == "both":
                central[:, column] = np.minimum(1.0, 2 * np.minimum(below, above))
            else:
                central[:, column] = above if side == "upper" else below
        return central

    def scores(self, deviations: Floats) -> Floats:
        """Give the logarithm of the smallest tail probability of each row, float64 (rows,)."""
        smallest = self.centralities(deviations).min(axis=1)
        return np.asarray(np.log(np.maximum(smallest, LEAST)), np.float64)

    def passed(self, deviations: Floats, threshold: Floats) -> NDArray[np.bool_]:
        """Say which cut each row passes, bool (rows, features).

        ``threshold`` float64 (rows,) is the working point at the energy of each row.
        """
        central = np.log(np.maximum(self.centralities(deviations), LEAST))
        return np.asarray(central >= threshold[:, None], np.bool_)

    def flow(
        self, features: Sequence[Feature], deviations: Floats, threshold: Floats
    ) -> list[CutCount]:
        """Count the rows that each cut passes alone, and that remain after it in sequence.

        ``threshold`` float64 (rows,) is the working point at the energy of each row.
        """
        passed = self.passed(deviations, threshold)
        remaining = np.logical_and.accumulate(passed, axis=1).sum(axis=0)
        return [
            CutCount(feature.name, int(alone), int(left))
            for feature, alone, left in zip(features, passed.sum(axis=0), remaining, strict=True)
        ]

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values for a card."""
        return {"sides": list(self.sides), "nodes": [nodes.tolist() for nodes in self.nodes]}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> SequentialCuts:
        """Build it again from `as_dict`; ValueError where the shapes disagree."""
        nodes = tuple(np.array(item, np.float64) for item in plain["nodes"])
        sides = tuple(plain["sides"])
        if len(nodes) != len(sides) or not set(sides) <= {"both", "upper", "lower"}:
            raise ValueError("cuts need one side and one distribution for each feature")
        for item in nodes:
            if item.ndim != 2 or len(item) != 3 or not np.isfinite(item).all() or not item.size:
                raise ValueError("the distribution of a cut is not three finite rows")
        return cls(sides, nodes)


def _cumulative(values: Floats) -> Floats:
    """Tabulate P(X <= v) and P(X >= v) at no more than `NODES` values, densest in the tails."""
    ordered = np.sort(values)
    level = np.linspace(-6.0, 6.0, NODES)
    places = np.unique(np.round((len(ordered) - 1) / (1 + np.exp(-1.5 * level))).astype(np.intp))
    different = np.unique(ordered)
    chosen = (
        different
        if len(different) <= NODES
        else np.unique(ordered[np.concatenate(([0], places, [len(ordered) - 1]))])
    )
    below = np.searchsorted(ordered, chosen, "right") / len(ordered)
    above = 1 - np.searchsorted(ordered, chosen, "left") / len(ordered)
    return np.stack((chosen, below, above))
