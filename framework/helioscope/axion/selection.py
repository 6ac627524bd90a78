"""From candidates and live time to the counts and the exposure of a measurement set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError, OutputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Spot:
    """Where on the detector the image of the Sun is, in mm.

    With an `off_radius_mm` the off-counts come from the larger disc around it, and alpha is scaled
    by the area as well as by the live time: right where the background is flat.
    """

    x_mm: float
    y_mm: float
    radius_mm: float
    off_radius_mm: float | None = None

    def holds(self, x_mm: Array, y_mm: Array, radius_mm: float | None = None) -> NDArray[np.bool_]:
        """Say which positions lie within the radius (that of the spot where none is given)."""
        radius = self.radius_mm if radius_mm is None else radius_mm
        inside: NDArray[np.bool_] = np.hypot(x_mm - self.x_mm, y_mm - self.y_mm) <= radius
        return inside

    @property
    def area_ratio(self) -> float:
        """Area of the spot over the area from which the off-counts come."""
        return 1.0 if self.off_radius_mm is None else (self.radius_mm / self.off_radius_mm) ** 2


@dataclass(frozen=True)
class Candidates:
    """The accepted candidates of some runs, as plain columns of one length."""

    energy_kev: Array
    x_mm: Array
    y_mm: Array
    tracking: NDArray[np.bool_]
    background: NDArray[np.bool_]


@dataclass(frozen=True)
class Counts:
    """Counts per energy bin with the ratio of on-time to off-time (and of their areas)."""

    edges_kev: Array
    n_on: NDArray[np.int64]
    n_off: NDArray[np.int64]
    alpha: float
    live_on_s: float
    live_off_s: float


def energy_bins(lowest_kev: float, highest_kev: float, width_kev: float) -> Array:
    """Give the edges of bins of one width that fill a range.

    Raises
    ------
    InputError
        Where the width does not fit a whole number of times.
    """
    number = (highest_kev - lowest_kev) / width_kev if width_kev > 0 else 0.0
    if number < 1 or abs(number - round(number)) > 1e-6:
        raise InputError(
            where="energy bins",
            found=f"{lowest_kev:g} to {highest_kev:g} keV in steps of {width_kev:g}",
            expected="a whole number of steps",
        )
    edges: Array = np.linspace(lowest_kev, highest_kev, round(number) + 1)
    return edges


def count(
    candidates: Candidates,
    live_on_s: float,
    live_off_s: float,
    edges_kev: Array,
    spot: Spot | None = None,
) -> Counts:
    """Count candidates per energy bin, on the Sun and off.

    Parameters
    ----------
    candidates
        Accepted candidates.
    live_on_s, live_off_s
        Live time in tracking and in background.
    edges_kev
        (bins + 1,) edges of the bins.
    spot
        The image of the Sun; None takes the whole detector.

    Raises
    ------
    InputError
        Where there is no live time on or off the Sun.
    """
    if live_on_s <= 0 or live_off_s <= 0:
        raise InputError(
            where="live time",
            found=f"{live_on_s:g} s in tracking, {live_off_s:g} s in background",
            expected="both above zero",
            remedy="add runs with the other tag",
        )
    on, off = candidates.tracking, candidates.background
    if spot is not None:
        on = on & spot.holds(candidates.x_mm, candidates.y_mm)
        off = off & spot.holds(candidates.x_mm, candidates.y_mm, spot.off_radius_mm)
    n_on, _ = np.histogram(candidates.energy_kev[on], edges_kev)
    n_off, _ = np.histogram(candidates.energy_kev[off], edges_kev)
    ratio = spot.area_ratio if spot else 1.0
    alpha = live_on_s / live_off_s * ratio
    return Counts(edges_kev, n_on, n_off, alpha, live_on_s, live_off_s)


def write_measurement(
    path: Path,
    counts: Counts,
    *,
    name: str,
    area_energy_kev: Array,
    area_cm2: Array,
    field_t: float,
    length_m: float,
    disc_radius_rsun: float | None = None,
    bore_cm2: float | None = None,
) -> None:
    """Write a measurement file with its tables of counts and exposure beside it.

    Parameters
    ----------
    path
        The TOML file; ``<stem>-counts.csv`` and ``<stem>-exposure.csv`` are written beside it.
    counts
        The counts.
    name
        Name of the set.
    area_energy_kev, area_cm2
        Effective area, all efficiencies in it, against energy.
    field_t, length_m
        The magnet.
    disc_radius_rsun
        Radius of the spot on the Sun, in solar radii.
    bore_cm2
        Aperture of the magnet, which with the live time bounds the exposure.

    Raises
    ------
    OutputError
        Where a file cannot be written.
    """
    stem = path.stem
    rows = zip(counts.edges_kev[:-1], counts.edges_kev[1:], counts.n_on, counts.n_off, strict=True)
    table = ["e_lo_kev,e_hi_kev,n_on,n_off"]
    table += [f"{low:.6g},{high:.6g},{on},{off}" for low, high, on, off in rows]
    exposure = ["energy_kev,exposure_cm2_s"]
    exposure += [
        f"{energy:.6g},{area * counts.live_on_s:.8g}"
        for energy, area in zip(area_energy_kev, area_cm2, strict=True)
    ]
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        "[[set]]",
        f'name = "{quoted}"',
        f'counts = "{stem}-counts.csv"',
        f"alpha = {counts.alpha!r}",
        f'exposure = "{stem}-exposure.csv"',
        f"field_t = {float(field_t)!r}",
        f"length_m = {float(length_m)!r}",
    ]
    if disc_radius_rsun is not None:
        lines.append(f"disc_radius_rsun = {float(disc_radius_rsun)!r}")
    if bore_cm2 is not None:
        lines += [f"bore_cm2 = {float(bore_cm2)!r}", f"live_s = {float(counts.live_on_s)!r}"]
    files = {f"{stem}-counts.csv": table, f"{stem}-exposure.csv": exposure, path.name: lines}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (path.parent / file).write_text("\n".join(content) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(where=str(path), found=str(error)) from error
