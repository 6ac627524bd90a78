"""The working point: the score above which a wanted share of X-rays lies, at every energy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.profiles import EnergyProfile, energy_bins
from helioscope.errors import UsageError

Floats = NDArray[np.float64]

#: X-ray efficiencies with stored thresholds; between two of them they are interpolated.
EFFICIENCIES: Floats = np.concatenate((np.arange(30, 90, 2), np.arange(90, 100))) / 100.0


@dataclass(frozen=True)
class WorkingPoints:
    """Thresholds by efficiency and energy.

    The threshold of an efficiency is a quantile of the scores of X-rays, measured line by
    line or in steps of energy. Through these goes the polynomial in ln E of the lowest degree
    that their errors allow; beyond the outermost energies it is held.

    Attributes
    ----------
    efficiencies
        float64 (n,), rising.
    thresholds
        One column for each efficiency.
    error
        float64 (nodes, n): standard deviation of each threshold from the number of X-rays.
    """

    efficiencies: Floats
    thresholds: EnergyProfile
    error: Floats

    @classmethod
    def measured(
        cls, energy_kev: Floats, own: Floats, seen: Floats, unseen: Floats
    ) -> WorkingPoints:
        """Measure thresholds for a model on the X-rays it was trained on.

        Its own scores of these are too good. By how much is measured on models trained in the
        same way on parts of the data, as the difference of their quantiles for rows they have
        seen and rows they have not (the optimism of B. Efron, 1983). Taking the quantiles of
        the partial models themselves instead would put their chance ups and downs in energy
        in the place of the model's.

        Parameters
        ----------
        energy_kev, own, unseen
            float64 (rows,), X-rays only: scores by the model itself, and by the partial model
            that has not seen the row.
        seen
            float64 (models, rows): scores by partial models that have seen the row, else NaN.
        """
        bins = energy_bins(energy_kev)
        nodes = np.array([np.log(energy_kev[rows]).mean() for rows in bins])
        levels = 1 - EFFICIENCIES
        values = np.array(
            [
                np.quantile(own[rows], levels)
                - np.nanquantile(seen[:, rows], levels)
                + np.quantile(unseen[rows], levels)
                for rows in bins
            ]
        )
        errors = np.array([_quantile_error(unseen[rows], levels) for rows in bins])
        smooth = np.minimum.accumulate(_smoothed(nodes, values, errors), axis=1)
        return cls(EFFICIENCIES, EnergyProfile.through(nodes, smooth, extrapolated=False), errors)

    def threshold(self, energy_kev: Floats, efficiency: float) -> Floats:
        """Give the threshold at each energy, float64 (rows,).

        Raises
        ------
        UsageError
            Where the efficiency lies outside the stored ones.
        """
        known = self.efficiencies
        if not known[0] <= efficiency <= known[-1]:
            raise UsageError(
                where="efficiency",
                found=f"{efficiency:g}",
                expected=f"{known[0]:g} to {known[-1]:g}",
            )
        upper = int(np.clip(np.searchsorted(known, efficiency), 1, len(known) - 1))
        part = (efficiency - known[upper - 1]) / (known[upper] - known[upper - 1])
        pair = EnergyProfile(
            self.thresholds.log_energy, self.thresholds.value[:, upper - 1 : upper + 1], np.zeros(2)
        ).at(energy_kev)
        return np.asarray(pair[:, 0] * (1 - part) + pair[:, 1] * part, np.float64)

    def accepted(self, scores: Floats, energy_kev: Floats, efficiency: float) -> NDArray[np.bool_]:
        """Say which rows reach the threshold of their energy."""
        above: NDArray[np.bool_] = scores >= self.threshold(energy_kev, efficiency)
        return above

    def rows(self) -> dict[str, Floats]:
        """Give it as the columns of a table, one row for each efficiency and energy."""
        nodes = len(self.thresholds.log_energy)
        return {
            "efficiency": np.repeat(self.efficiencies, nodes),
            "energy_kev": np.tile(np.exp(self.thresholds.log_energy), len(self.efficiencies)),
            "threshold": self.thresholds.value.T.reshape(-1),
            "threshold_err": self.error.T.reshape(-1),
        }

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values for a card."""
        return {
            "efficiencies": self.efficiencies.tolist(),
            "thresholds": self.thresholds.as_dict(),
            "error": self.error.tolist(),
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> WorkingPoints:
        """Build it again from `as_dict`; ValueError where the shapes disagree."""
        efficiencies = np.array(plain["efficiencies"], np.float64)
        thresholds = EnergyProfile.from_dict(plain["thresholds"])
        error = np.array(plain["error"], np.float64)
        if thresholds.value.shape[1] != len(efficiencies) or error.shape != thresholds.value.shape:
            raise ValueError("working points need one threshold for each efficiency and energy")
        if len(efficiencies) < 2 or not (np.diff(efficiencies) > 0).all():
            raise ValueError("the efficiencies of working points must rise")
        return cls(efficiencies, thresholds, error)


def _quantile_error(values: Floats, levels: Floats) -> Floats:
    """Half the distance of the order statistics one binomial deviation below and above."""
    deviation = np.sqrt(levels * (1 - levels) / len(values))
    below = np.quantile(values, np.clip(levels - deviation, 0, 1))
    above = np.quantile(values, np.clip(levels + deviation, 0, 1))
    return np.asarray((above - below) / 2, np.float64)


def _smoothed(nodes: Floats, values: Floats, errors: Floats) -> Floats:
    """Give the values at the nodes of the simplest polynomial that fits, else the values.

    The degree is chosen by chi-squared summed over a few efficiencies from 0.5 to 0.9, which
    are correlated, and therefore averaged.
    """
    looked_at = np.flatnonzero((EFFICIENCIES >= 0.5) & (EFFICIENCIES <= 0.9))
    floor = 1e-3 * np.abs(values).max(initial=0.0) + 1e-9
    weights = 1 / np.maximum(errors, np.maximum(floor, np.median(errors, axis=0) / 3))
    centred = nodes - nodes.mean()
    for degree in range(len(nodes) - 1):
        powers = np.vander(centred, degree + 1)
        fitted = np.empty_like(values)
        for column in range(values.shape[1]):
            weight = weights[:, column]
            fit = np.linalg.lstsq(powers * weight[:, None], values[:, column] * weight, rcond=None)
            fitted[:, column] = powers @ fit[0]
        pulls = ((fitted - values) * weights)[:, looked_at]
        freedom = len(nodes) - degree - 1
        if (pulls**2).sum(axis=0).mean() <= freedom + np.sqrt(2 * freedom):
            return fitted
    return values
