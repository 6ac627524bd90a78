"""Where a photon hit, to a fraction of a pixel where its charge was split."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def positions_mm(
    centre: NDArray[np.float64],
    index: NDArray[np.integer],
    below: NDArray[np.floating],
    own: NDArray[np.floating],
    above: NDArray[np.floating],
    cloud_mm: float,
) -> NDArray[np.float32]:
    """Give the coordinate along one axis.

    A Gaussian cloud of width s at distance u from the border of two pixels leaves the fraction
    Phi(u / s) on its side, so the border plus s Phi^-1(fraction) is the photon's place. A
    photon whose charge is in one column (row) only is put at its centre.

    Parameters
    ----------
    centre
        Centres of all columns (rows), mm.
    index
        The main pixel's column (row).
    below, own, above
        Energy in the column before, in the main pixel's, and in the one after.
    cloud_mm
        Width (one sigma) of the charge cloud.
    """
    from scipy.special import ndtri

    half = 0.5 * float(np.median(np.diff(centre))) if centre.size > 1 else 0.0
    side = np.where(above >= below, 1.0, -1.0)
    beside = np.maximum(np.maximum(above, below), 0.0)
    split = (beside > 0) & (own > 0)
    fraction = np.where(split, beside / np.where(split, beside + own, 1.0), 0.0)
    inside = np.clip(-cloud_mm * ndtri(np.clip(fraction, 1e-6, 0.5)), 0.0, half)
    shift = np.where(split, half - inside, 0.0)
    return np.asarray(centre[index] + side * shift, np.float32)
