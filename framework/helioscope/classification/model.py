"""A trained model: from observables and energy to a score, a probability and a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.cuts import SequentialCuts
from helioscope.classification.features import Decorrelation, Feature, finite_rows
from helioscope.classification.probability import ProbabilityCurve
from helioscope.classification.working_point import WorkingPoints

Floats = NDArray[np.float64]
Kind = Literal["cuts", "likelihood", "classifier"]

#: Score of a row that cannot be judged.
NO_SCORE = -1e30


class Scorer(Protocol):
    """What turns deviations (rows, features) into one score a row, larger for X-rays."""

    def scores(self, deviations: Floats) -> Floats:
        """Give the score of each row, float64 (rows,)."""


@dataclass(frozen=True)
class Judged:
    """What a model says of rows: score, probability and decision of each."""

    score: Floats
    probability: Floats
    accepted: NDArray[np.bool_]


@dataclass(frozen=True)
class Model:
    """All that is needed to judge rows, of whichever of the three kinds.

    Attributes
    ----------
    features
        In the order of the columns it takes.
    """

    kind: Kind
    features: tuple[Feature, ...]
    decorrelation: Decorrelation
    scorer: Scorer
    curve: ProbabilityCurve
    working_points: WorkingPoints

    def scores(self, values: Floats, energy_kev: Floats) -> Floats:
        """Give the score of each row; `NO_SCORE` where a feature or the energy is not finite.

        Parameters
        ----------
        values
            float64 (rows, features).
        energy_kev
            float64 (rows,).
        """
        finite = finite_rows(values, energy_kev)
        if finite.all():
            return self.scorer.scores(self.decorrelation(values, energy_kev))
        scores = np.full(len(values), NO_SCORE)
        scores[finite] = self.scorer.scores(self.decorrelation(values[finite], energy_kev[finite]))
        return scores

    def judged(self, values: Floats, energy_kev: Floats, efficiency: float) -> Judged:
        """Judge rows at a fixed X-ray efficiency; rows that are not finite are never accepted."""
        scores = self.scores(values, energy_kev)
        known = scores > NO_SCORE
        probability = np.where(known, self.curve.at(scores), 0.0)
        accepted = known & self.working_points.accepted(scores, energy_kev, efficiency)
        return Judged(scores, probability, accepted)

    def cuts_passed(
        self, values: Floats, energy_kev: Floats, efficiency: float
    ) -> list[NDArray[np.bool_]]:
        """Say of each row whether it can be judged, and which of sequential cuts it passes.

        Returns
        -------
        list of bool (rows,)
            First whether the row is finite, then one for each feature; a row that cannot be
            judged passes these.

        Raises
        ------
        TypeError
            For a model of another kind.
        """
        if not isinstance(self.scorer, SequentialCuts):
            raise TypeError(f"a {self.kind} has no cuts")
        finite = finite_rows(values, energy_kev)
        passed = np.ones(values.shape, bool)
        deviations = self.decorrelation(values[finite], energy_kev[finite])
        threshold = self.working_points.threshold(energy_kev[finite], efficiency)
        passed[finite] = self.scorer.passed(deviations, threshold)
        return [finite, *passed.T]
