"""Absorption of X-rays in silicon."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DENSITY_G_CM3 = 2.33

#: Photon energy in keV and mass attenuation in cm^2/g (NIST XCOM/FFAST, Hubbell and Seltzer,
#: NISTIR 5632, table for Z = 14; the pair at 1.839 keV is the K edge).
NIST_MASS_ATTENUATION = np.array(
    [
        [1.0, 1570.0], [1.5, 535.5], [1.8389, 309.2], [1.8390, 3192.0], [2.0, 2777.0],
        [3.0, 978.4], [4.0, 452.9], [5.0, 245.0], [6.0, 147.0], [8.0, 64.68], [10.0, 33.89],
        [15.0, 10.34], [20.0, 4.464], [30.0, 1.436], [40.0, 0.7012],
    ]
)  # fmt: skip


def attenuation_per_um(energy_kev: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give the linear attenuation coefficient, by log-log interpolation of the table.

    Below 1 keV and above 40 keV the law of the nearest stretch is carried on.
    """
    table = np.log(NIST_MASS_ATTENUATION)
    energy = np.log(np.maximum(np.asarray(energy_kev, np.float64), 1e-3))
    low_slope = (table[1, 1] - table[0, 1]) / (table[1, 0] - table[0, 0])
    high_slope = (table[-1, 1] - table[-2, 1]) / (table[-1, 0] - table[-2, 0])
    mass = np.interp(energy, table[:, 0], table[:, 1])
    mass += np.where(energy < table[0, 0], low_slope * (energy - table[0, 0]), 0.0)
    mass += np.where(energy > table[-1, 0], high_slope * (energy - table[-1, 0]), 0.0)
    return np.asarray(np.exp(mass) * DENSITY_G_CM3 * 1e-4, np.float64)
