"""The log-likelihood ratio of X-rays to background, from one-dimensional densities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Density = Literal["binned", "kernel"]

#: Bins of a binned density and points of a kernel density.
BINS = 40
POINTS = 256
#: No single feature speaks louder than this, for or against.
LIMIT = 8.0


@dataclass(frozen=True)
class LikelihoodRatio:
    """Sum over the features of ln p(x | X-ray) / p(x | background).

    Features are taken as independent; what they share is counted twice, which a classifier
    trained on them together does not do.

    Attributes
    ----------
    density
        ``binned``: constant between ``edges``; ``kernel``: straight between ``edges``.
    edges
        For each feature float64 (n,): inner bin edges, or the points of the kernel density.
    log_ratio
        For each feature float64 (n + 1,) in bins, (n,) at points.
    """

    density: Density
    edges: tuple[Floats, ...]
    log_ratio: tuple[Floats, ...]

    @classmethod
    def fitted(
        cls,
        deviations: Floats,
        xray: NDArray[np.bool_],
        weights: Floats,
        density: Density = "binned",
    ) -> LikelihoodRatio:
        """Measure the densities of both classes, ``deviations`` (rows, features)."""
        measure = _binned if density == "binned" else _kernel
        tables = [
            measure(column[xray], weights[xray], column[~xray], weights[~xray])
            for column in deviations.T
        ]
        return cls(density, tuple(t[0] for t in tables), tuple(t[1] for t in tables))

    def scores(self, deviations: Floats) -> Floats:
        """Give the log-likelihood ratio of each row, float64 (rows,)."""
        total = np.zeros(len(deviations))
        for values, edges, ratio in zip(deviations.T, self.edges, self.log_ratio, strict=True):
            if self.density == "binned":
                total += ratio[np.searchsorted(edges, values, "right")]
            else:
                total += np.interp(values, edges, ratio)
        return total

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values for a card."""
        return {
            "density": self.density,
            "edges": [edges.tolist() for edges in self.edges],
            "log_ratio": [ratio.tolist() for ratio in self.log_ratio],
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> LikelihoodRatio:
        """Build it again from `as_dict`; ValueError where the shapes disagree."""
        edges = tuple(np.array(item, np.float64) for item in plain["edges"])
        ratio = tuple(np.array(item, np.float64) for item in plain["log_ratio"])
        extra = {"binned": 1, "kernel": 0}[plain["density"]]
        if len(edges) != len(ratio) or any(
            len(r) != len(e) + extra for e, r in zip(edges, ratio, strict=True)
        ):
            raise ValueError("a likelihood ratio needs one value for each bin or point")
        if not all(np.isfinite(item).all() for item in (*edges, *ratio)):
            raise ValueError("a likelihood ratio holds a value that is not finite")
        return cls(plain["density"], edges, ratio)


def _binned(
    signal: Floats, signal_weights: Floats, noise: Floats, noise_weights: Floats
) -> tuple[Floats, Floats]:
    """Bins of equal content of both classes together; half an entry is added to each."""
    different = np.unique(np.concatenate((signal, noise)))
    if len(different) <= BINS:
        edges = (different[1:] + different[:-1]) / 2
    else:
        levels = np.linspace(0, 1, BINS // 2 + 1)[1:-1]
        edges = np.unique(np.concatenate([np.quantile(side, levels) for side in (signal, noise)]))
    counts = [
        np.bincount(np.searchsorted(edges, side, "right"), weights, len(edges) + 1)
        * (len(side) / max(weights.sum(), 1e-300))
        for side, weights in ((signal, signal_weights), (noise, noise_weights))
    ]
    shares = [(count + 0.5) / (count.sum() + 0.5 * len(count)) for count in counts]
    return edges, np.clip(np.log(shares[0] / shares[1]), -LIMIT, LIMIT)


def _kernel(
    signal: Floats, signal_weights: Floats, noise: Floats, noise_weights: Floats
) -> tuple[Floats, Floats]:
    """Gaussian kernels of Silverman's width on a common grid."""
    both = np.concatenate((signal, noise))
    low, high = np.quantile(both, (0.0005, 0.9995))
    margin = max(high - low, 1e-6) * 0.05
    points = np.linspace(low - margin, high + margin, POINTS)
    shares = [
        _kernel_density(points, side, weights)
        for side, weights in ((signal, signal_weights), (noise, noise_weights))
    ]
    return points, np.clip(np.log(shares[0] / shares[1]), -LIMIT, LIMIT)


def _kernel_density(points: Floats, values: Floats, weights: Floats) -> Floats:
    """Fill the grid linearly and blur it with a Gaussian (B. W. Silverman, 1986, eq. 3.31)."""
    step = points[1] - points[0]
    place = np.clip((values - points[0]) / step, 0, len(points) - 1.000001)
    left = place.astype(np.intp)
    part = place - left
    filled = np.bincount(left, weights * (1 - part), len(points))
    filled += np.bincount(left + 1, weights * part, len(points))[: len(points)]
    quartiles = np.quantile(values, (0.25, 0.75))
    spread = min(values.std(), (quartiles[1] - quartiles[0]) / 1.34) or values.std()
    width = max(0.9 * spread * len(values) ** -0.2, step)
    reach = np.arange(-len(points) + 1, len(points)) * step
    blurred = np.convolve(filled, np.exp(-0.5 * (reach / width) ** 2), "valid")
    share = blurred / max(blurred.sum(), 1e-300)
    floor = 0.5 / (len(values) + len(points))
    density: Floats = share * (1 - floor) + floor / len(points)
    return density
