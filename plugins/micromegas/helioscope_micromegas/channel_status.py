"""When a strip or a channel is dead or noisy: its noise beside that of its like."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from helioscope.api import Settings

GOOD, DEAD, NOISY, UNKNOWN = range(4)


class StatusSettings(Settings):
    """Thresholds in units of the median noise."""

    dead_below: float = Field(default=0.25, gt=0, description="Dead with less noise, in medians.")
    noisy_above: float = Field(default=3.0, gt=1, description="Noisy with more noise, in medians.")


def status_of(
    noise_adu: NDArray[np.float64], measured: NDArray[np.bool_], config: StatusSettings
) -> NDArray[np.int8]:
    """Call channels good, dead or noisy by their noise beside the median of all measured ones.

    Those that are not measured are unknown.
    """
    status = np.full(noise_adu.size, UNKNOWN, np.int8)
    typical = np.median(noise_adu[measured]) if measured.any() else 0.0
    status[measured] = GOOD
    status[measured & (noise_adu < config.dead_below * typical)] = DEAD
    status[measured & (noise_adu > config.noisy_above * typical)] = NOISY
    return status
