"""The energy scale in time: charge per keV of strips and mesh, drawn between calibrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


def joined(times_ns: Sequence[int], scales: Sequence[Mapping[str, tuple[float, float]]]) -> Scale:
    """Join calibrations to a scale.

    Parameters
    ----------
    times_ns
        Middle of each calibration run.
    scales
        For each, (charge per keV, relative FWHM) by source; a source may be missing everywhere.
    """
    order = np.argsort(np.asarray(times_ns, np.int64), kind="stable")
    per_kev, fwhm = {}, {}
    for source in SOURCES:
        known = [scales[i].get(source, (np.nan, np.nan)) for i in order]
        per_kev[source] = np.array([value for value, _ in known])
        widths = np.array([width for _, width in known])
        fwhm[source] = (
            float(np.mean(widths[np.isfinite(widths)])) if np.isfinite(widths).any() else np.nan
        )
    return Scale(np.asarray(times_ns, np.int64)[order], per_kev, fwhm)
