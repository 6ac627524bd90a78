"""Errors of a maximum-likelihood fit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]


def errors(loss: Callable[[Real], float], best: Real, step: float = 1e-3) -> Real:
    """Give the errors from the curvature of the negative log-likelihood at its minimum.

    Parameters
    ----------
    step
        Relative step of the central differences.

    Returns
    -------
    float64 [parameters]
        One standard deviation each; NaN where the curvature cannot be inverted.
    """
    steps = np.diag(step * np.abs(best))
    hessian = np.empty((len(best), len(best)))
    for i, a in enumerate(steps):
        for j, b in enumerate(steps):
            second = loss(best + a + b) - loss(best + a - b) - loss(best - a + b)
            hessian[i, j] = (second + loss(best - a - b)) / (4 * a[i] * b[j])
    try:
        covariance = np.linalg.inv(hessian)
    except np.linalg.LinAlgError:
        return np.full(len(best), np.nan)
    return np.sqrt(np.maximum(np.diag(covariance), 0.0))
