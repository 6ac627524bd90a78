"""How far the air lifts the Sun in visible light."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from helioscope.model.settings import Settings


class Air(Settings):
    """The air at the site; the defaults are a mild morning at CERN's height."""

    pressure_hpa: float = Field(default=975.0, ge=0, le=1100)
    temperature_c: float = Field(default=10.0, ge=-90, le=60)


def refraction_deg(altitude_deg: NDArray[np.float64], air: Air) -> NDArray[np.float64]:
    """Give what the air adds to a true altitude, in degrees.

    Saemundsson's formula (Sky & Telescope 72, 70, 1986), true to 0.1 arcmin where Bennett's holds.
    Below an altitude of -1 degree, where nothing is seen, it is 0.

    Parameters
    ----------
    altitude_deg
        float64 true (airless) altitude.
    """
    altitude = np.asarray(altitude_deg, np.float64)
    seen = altitude > -1.0
    argument = np.where(seen, altitude + 10.3 / (altitude + 5.11), 1.0)
    arcmin = 1.02 / np.tan(np.radians(argument))
    arcmin = arcmin * (air.pressure_hpa / 1010.0) * (283.0 / (273.0 + air.temperature_c))
    return np.where(seen, np.maximum(arcmin, 0.0) / 60.0, 0.0)
