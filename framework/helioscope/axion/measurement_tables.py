"""The tables that a measurement file names: counts and exposures, checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.tables import Columns, read_columns, require_increasing
from helioscope.errors import InputError, UsageError

#: Exposures (cm^2 s at the peak) that an axion helioscope does not reach: below, minutes of one
#: square centimetre; above, the bore of CAST filled for twenty years.
SMALLEST_EXPOSURE_CM2_S = 2e3
LARGEST_EXPOSURE_CM2_S = 1e10


def read_counts(where: str, path: Path, alpha: float | None) -> Columns:
    """Read the counts of a set: ``e_lo_kev, e_hi_kev, n_on`` and ``n_off`` or ``n_background``.

    Parameters
    ----------
    where
        The set, for messages.
    path
        The CSV file.
    alpha
        On-time / off-time from the set; wanted with ``n_off`` and with nothing else.

    Raises
    ------
    InputError
        Where bins overlap or run backwards, or a count is negative or no whole number.
    UsageError
        Where alpha and the columns do not fit.
    """
    counts = read_columns(path, ("e_lo_kev", "e_hi_kev", "n_on"), ("n_off", "n_background"))
    if ("n_off" in counts) == ("n_background" in counts):
        raise InputError(
            where=str(path),
            found="both n_off and n_background" if "n_off" in counts else "no background column",
            expected="either n_off or n_background",
        )
    if ("n_off" in counts) != (alpha is not None):
        raise UsageError(
            where=where,
            found="alpha without n_off" if alpha is not None else "n_off without alpha",
            expected="alpha (on-time / off-time) with n_off, and no alpha with n_background",
        )
    low, high = counts["e_lo_kev"], counts["e_hi_kev"]
    _refuse(path, (low < 0) | (high <= low), "a bin whose upper edge is not above its lower edge")
    require_increasing(path, "e_lo_kev", low)
    _refuse(
        path, np.append(False, low[1:] < high[:-1] - 1e-9), "a bin that overlaps the one before"
    )
    _refuse(path, high > 100.0, "an edge above 100 keV", "energies in keV, not eV")
    for name in ("n_on", "n_off"):
        if name in counts:
            _refuse(path, counts[name] < 0, f"a negative {name}")
            _refuse(path, counts[name] != np.round(counts[name]), f"a fraction in {name}")
    if "n_background" in counts:
        _refuse(path, counts["n_background"] < 0, "a negative n_background")
        empty = (counts["n_background"] == 0) & (counts["n_on"] > 0)
        _refuse(path, empty, "counts in a bin whose background is exactly zero")
    return counts


def read_exposure(path: Path, bore_cm2: float | None, live_s: float | None) -> Columns:
    """Read an effective exposure: ``energy_kev, exposure_cm2_s``.

    Parameters
    ----------
    path
        The CSV file.
    bore_cm2, live_s
        The instrument's aperture and live time, which bound the exposure from above; without them
        it has to lie where the exposure of a helioscope can lie.

    Raises
    ------
    InputError
        Where it is negative, zero at every energy, or in another unit.
    """
    exposure = read_columns(path, ("energy_kev", "exposure_cm2_s"))
    require_increasing(path, "energy_kev", exposure["energy_kev"])
    values = exposure["exposure_cm2_s"]
    _refuse(path, exposure["energy_kev"] < 0, "a negative energy")
    _refuse(path, exposure["energy_kev"] > 200.0, "an energy above 200", "energies in keV, not eV")
    _refuse(path, values < 0, "a negative exposure")
    peak = float(values.max())
    if peak == 0.0:
        raise InputError(where=str(path), found="no exposure at any energy", expected="cm^2 s > 0")
    if bore_cm2 is not None and live_s is not None:
        lowest, highest = 0.0, bore_cm2 * live_s * (1.0 + 1e-6)
    else:
        lowest, highest = SMALLEST_EXPOSURE_CM2_S, LARGEST_EXPOSURE_CM2_S
    if not lowest <= peak <= highest:
        raise InputError(
            where=str(path),
            found=f"a largest exposure of {peak:.4g}",
            expected=f"cm^2 s, between {lowest:.3g} and {highest:.3g}",
            remedy="convert from m^2 s (x 1e4) or cm^2 day (x 86400); for an instrument that "
            "really differs give bore_cm2 and live_s in the set",
        )
    return exposure


def check_cover(where: str, counts: Columns, exposure: Columns) -> None:
    """Refuse bins whose exposure is not known, or zero throughout."""
    energy, values = exposure["energy_kev"], exposure["exposure_cm2_s"]
    middle = (counts["e_lo_kev"] + counts["e_hi_kev"]) / 2.0
    outside = (middle < energy[0]) | (middle > energy[-1])
    if outside.any():
        raise InputError(
            where=where,
            found=f"a bin at {middle[np.argmax(outside)]:g} keV",
            expected=f"bins within the exposure's {energy[0]:g} to {energy[-1]:g} keV",
        )
    inside = [
        np.interp(np.linspace(low, high, 5), energy, values).max()
        for low, high in zip(counts["e_lo_kev"], counts["e_hi_kev"], strict=True)
    ]
    if min(inside) == 0.0:
        raise InputError(
            where=where,
            found=f"no exposure in the bin at {middle[int(np.argmin(inside))]:g} keV",
            expected="an exposure above zero in every bin",
            remedy="leave the bin out",
        )


def _refuse(path: Path, bad: NDArray[np.bool_], found: str, remedy: str = "") -> None:
    if bad.any():
        raise InputError(where=f"{path}, row {int(np.argmax(bad)) + 1}", found=found, remedy=remedy)
