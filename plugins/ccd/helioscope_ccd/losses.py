"""Charge that stays below the split threshold, and so out of an event's sum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Sides on which an event of each pattern 0 to 13 can lose charge unseen: all four of a
#: single, the two along a double, none of larger ones; a triple lacks its fourth corner.
OPEN_SIDES = np.array([4, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0])
IS_TRIPLE = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0])


def lost_kev(
    energy_kev: NDArray[np.floating],
    pattern: NDArray[np.integer],
    threshold_kev: NDArray[np.floating],
    cloud_um: float,
    pixel_um: float,
) -> NDArray[np.float64]:
    """Give the mean energy that an event of this pattern lost to pixels below threshold.

    A Gaussian cloud of width s at distance u from a side leaves E Q(u / s) beyond it, unseen
    where that is below the threshold T. Over photons anywhere in a pixel of pitch p the mean is
    E (s / p) (phi(t) - t Q(t)) a side, with Q(t) = T / E, for the share 1 - 2 t s / p of the
    photons that split on neither side. A triple's fourth corner holds between 0 and T.

    Parameters
    ----------
    cloud_um
        One sigma of the cloud; 0 makes no correction.
    """
    from scipy.special import ndtri

    energy = np.maximum(np.asarray(energy_kev, np.float64), 1e-3)
    beyond = np.clip(threshold_kev / energy, 1e-6, 0.5)
    reach = -ndtri(beyond)
    tail = np.exp(-0.5 * reach**2) / np.sqrt(2.0 * np.pi) - reach * beyond
    ratio = cloud_um / pixel_um
    share = np.maximum(1.0 - 2.0 * reach * ratio, 0.2)
    sides = energy * ratio * tail / share * OPEN_SIDES[pattern]
    corner = 0.3 * threshold_kev * IS_TRIPLE[pattern] * (cloud_um > 0)
    return np.asarray(sides + corner, np.float64)
