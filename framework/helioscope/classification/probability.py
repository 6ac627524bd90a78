"""From a score to the probability of an X-ray, where both classes are equally many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Method = Literal["sigmoid", "isotonic"]


@dataclass(frozen=True)
class ProbabilityCurve:
    """A rising curve from score to probability.

    Attributes
    ----------
    method
        ``sigmoid``: 1 / (1 + exp(−(a s + b))) with ``nodes`` = [[a], [b]] (J. Platt, 1999).
        ``isotonic``: straight between ``nodes`` = [scores, probabilities]
        (B. Zadrozny and C. Elkan, 2002); rows between two steps share one probability.
    """

    method: Method
    nodes: Floats

    @classmethod
    def fitted(
        cls, scores: Floats, xray: NDArray[np.bool_], weights: Floats, method: Method = "sigmoid"
    ) -> ProbabilityCurve:
        """Fit the curve to scores of rows that were held out from the training.

        Parameters
        ----------
        scores, weights
            float64 (rows,).
        xray
            bool (rows,).
        """
        if method == "sigmoid":
            return cls(method, _platt(scores, xray, weights))
        from sklearn.isotonic import IsotonicRegression

        fit = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        fit.fit(scores, xray.astype(np.float64), sample_weight=weights)
        return cls(method, np.stack((fit.X_thresholds_, fit.y_thresholds_)))

    def at(self, scores: Floats) -> Floats:
        """Give the probabilities, float64 (rows,)."""
        if self.method == "sigmoid":
            exponent = np.clip(self.nodes[0, 0] * scores + self.nodes[1, 0], -700, 700)
            return np.asarray(1 / (1 + np.exp(-exponent)), np.float64)
        return np.asarray(np.interp(scores, self.nodes[0], self.nodes[1]), np.float64)

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values for a card."""
        return {"method": self.method, "nodes": self.nodes.tolist()}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> ProbabilityCurve:
        """Build it again from `as_dict`; ValueError where it is no such curve."""
        nodes = np.array(plain["nodes"], np.float64)
        known = plain["method"] in ("sigmoid", "isotonic")
        if not known or nodes.ndim != 2 or len(nodes) != 2 or not np.isfinite(nodes).all():
            raise ValueError("a probability curve needs two finite rows of nodes")
        if plain["method"] == "isotonic" and not (np.diff(nodes) >= 0).all():
            raise ValueError("an isotonic probability curve must rise")
        return cls(plain["method"], nodes)


def _platt(scores: Floats, xray: NDArray[np.bool_], weights: Floats) -> Floats:
    """Fit slope and offset by Newton's method; the targets are Platt's, short of 0 and 1."""
    counts = np.array([(~xray).sum(), xray.sum()], np.float64)
    target = np.where(xray, (counts[1] + 1) / (counts[1] + 2), 1 / (counts[0] + 2))
    centre, width = np.average(scores, weights=weights), scores.std() or 1.0
    design = np.stack(((scores - centre) / width, np.ones(len(scores))))
    found = np.zeros(2)
    loss = _log_loss(found @ design, target, weights)
    for _ in range(100):
        share = 1 / (1 + np.exp(-np.clip(found @ design, -700, 700)))
        gradient = design @ (weights * (target - share))
        curvature = (design * (weights * share * (1 - share))) @ design.T
        step = np.linalg.solve(curvature + 1e-12 * weights.sum() * np.eye(2), gradient)
        trial = _log_loss((found + step) @ design, target, weights)
        while trial > loss and np.abs(step).max() > 1e-12:
            step = step / 2
            trial = _log_loss((found + step) @ design, target, weights)
        found, loss = found + step, trial
        if np.abs(step).max() < 1e-10:
            break
    return np.array([[found[0] / width], [found[1] - found[0] * centre / width]])


def _log_loss(odds: Floats, target: Floats, weights: Floats) -> float:
    return float((weights * (np.logaddexp(0, odds) - target * odds)).sum())
