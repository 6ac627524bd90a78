"""The energy scale in time: charge per keV of strips and mesh, drawn between calibrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOURCES = ("strips", "mesh")


@dataclass(frozen=True)
class Scale:
    """Charge per keV at the times of calibrations.

    Attributes
    ----------
    time_ns
        int64, rising: the middles of the calibration runs; one at least.
    per_kev
        float64 by source (``strips`` in adu, ``mesh`` in adu ns), one for each time.
    fwhm
        Relative full width at half maximum at 5.9 keV by source.
    calibrated
        False where the values are nominal.
    """

    time_ns: NDArray[np.int64]
    per_kev: Mapping[str, NDArray[np.float64]]
    fwhm: Mapping[str, float]
    calibrated: bool = True

    def at(self, time_ns: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
        """Draw the scale linearly between calibrations; outside, the nearest one holds."""
        origin = int(self.time_ns[0])
        place = (np.asarray(time_ns) - origin).astype(np.float64)
        nodes = (self.time_ns - origin).astype(np.float64)
        return {source: np.interp(place, nodes, self.per_kev[source]) for source in SOURCES}


def nominal(strips_adu_per_kev: float, mesh_adu_ns_per_kev: float, fwhm: float) -> Scale:
    """Give the scale that holds where nothing was calibrated."""
    return Scale(
        np.zeros(1, np.int64),
        {"strips": np.array([strips_adu_per_kev]), "mesh": np.array([mesh_adu_ns_per_kev])},
        dict.fromkeys(SOURCES, fwhm),
        calibrated=False,
    )


def joined(rows: Sequence[Mapping[str, Any]]) -> Scale:
    """Join the rows of energy calibrations to a scale; nodes of one time count once.

    A source that was never calibrated stays NaN.
    """
    times = np.unique(np.array([row["time_ns"] for row in rows], np.int64))
    per_kev, fwhm = {}, {}
    for source in SOURCES:
        mine = {int(row["time_ns"]): row for row in rows if row["source"] == source}
        if not mine:
            per_kev[source], fwhm[source] = np.full(times.size, np.nan), np.nan
            continue
        nodes = np.array(sorted(mine), np.int64)
        values = [float(mine[int(node)]["per_kev"]) for node in nodes]
        per_kev[source] = np.interp(times - times[0], nodes - times[0], values)
        fwhm[source] = float(np.mean([float(row["fwhm"]) for row in mine.values()]))
    return Scale(times, per_kev, fwhm)
