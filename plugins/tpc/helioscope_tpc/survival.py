"""The charge of photons that survives the drift, by their energy.

When a photon converted is not known, so where it did is not; but how deep photons of an energy
go is. Soft X-rays convert behind the window and drift all the way, hard ones do not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc import lines, matter

Real = NDArray[np.float64]

#: Energies in keV for which the attenuation in argon is tabulated.
TABULATED_KEV = (0.72, 30.0)


def survival(energy_kev: Real, drift_mm: float, argon_share: float, reach_mm: float) -> Real:
    """Give the mean share of electrons that reach the wires, for photons absorbed in the gas.

    Photons come through the window at ``drift_mm`` and convert d behind it with density
    exp(-m d); electrons survive the rest of the way with exp(-(drift_mm - d) / reach_mm).

    Parameters
    ----------
    reach_mm
        Drift velocity times electron lifetime.

    Returns
    -------
    float64, as the energies.
    """
    m = matter.argon_per_mm(np.clip(energy_kev, *TABULATED_KEV), argon_share)
    lost = m - 1 / reach_mm
    safe = np.where(np.abs(lost * drift_mm) < 1e-9, 1e-9 / drift_mm, lost)
    absorbed = -np.expm1(-m * drift_mm)
    share: Real = np.exp(-drift_mm / reach_mm) * m / safe * -np.expm1(-safe * drift_mm) / absorbed
    return share


def corrected_kev(energy_kev: Real, drift_mm: float, argon_share: float, reach_mm: float) -> Real:
    """Correct energies, on a scale that is right for 55Fe, for how deep photons of them go.

    Parameters
    ----------
    reach_mm
        Drift velocity times electron lifetime; infinite changes nothing.
    """
    if not np.isfinite(reach_mm):
        return energy_kev
    line_kev, part = np.array(lines.FE55).T
    at_lines = part @ survival(line_kev, drift_mm, argon_share, reach_mm)
    energy = energy_kev
    for _ in range(2):
        energy = energy_kev * at_lines / survival(energy, drift_mm, argon_share, reach_mm)
    return energy
