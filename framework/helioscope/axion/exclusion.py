"""The mass-coupling plane: limits as curves, the QCD axion band, the picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from helioscope.axion.mass_scan import MassScan
from helioscope.axion.pvlas import PVLAS_2005_G_PER_GEV, PVLAS_2005_MASS_EV, region_2005
from helioscope.axion.tables import read_columns
from helioscope.errors import InputError, OutputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

#: |E/N - 1.92| of the traditional band of QCD axion models (PDG, Axions and other similar
#: particles).
QCD_BAND = (0.07, 7.0)
#: The hadronic model of Kim, Shifman, Vainshtein and Zakharov has E/N = 0.
KSVZ = 1.92

#: Colours that the colour-blind can tell apart (Okabe and Ito).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")


@dataclass(frozen=True)
class Curve:
    """A published limit: everything above it is excluded."""

    name: str
    mass_ev: Array
    g_per_gev: Array


def qcd_coupling(mass_ev: ArrayLike, anomaly: float = KSVZ) -> Array:
    """Give the coupling (1/GeV) of a QCD axion of a mass in eV.

    g = 0.203 |E/N - 1.92| m / GeV^2 (Grilli di Cortona et al., JHEP 01 (2016) 034, eq. 47).

    Parameters
    ----------
    mass_ev
        Masses in eV.
    anomaly
        |E/N - 1.92| of the model.
    """
    g: Array = 0.203 * anomaly * np.asarray(mass_ev, float) * 1e-9
    return g


def read_curve(path: Path) -> Curve:
    """Read a published limit from a CSV file with ``m_a_ev, g_ag_per_gev`` (in any case).

    Raises
    ------
    InputError
        Where a value is not positive.
    """
    columns = read_columns(path, ("m_a_ev", "g_ag_per_gev"))
    mass, g = columns["m_a_ev"], columns["g_ag_per_gev"]
    if (mass <= 0).any() or (g <= 0).any():
        raise InputError(where=str(path), found="a value of zero or below", expected="both > 0")
    return Curve(path.stem, mass, g)


def write_scan(scan: MassScan, path: Path) -> None:
    """Write a mass scan as CSV: mass, limit, best fit, error, and the expected limits."""
    names = ["mass_ev", "g_per_gev", "g4_best_per_gev4", "g4_error_per_gev4"]
    names += [f"expected_{q}_g_per_gev" for q in ("q025", "q16", "q50", "q84", "q975")]
    columns = (scan.mass_ev, scan.g_per_gev, scan.g4_best_per_gev4, scan.g4_error_per_gev4)
    rows = np.column_stack((*columns, scan.expected_g_per_gev))
    lines = [",".join(names)]
    lines += [",".join("" if np.isnan(v) else f"{v:.6g}" for v in row) for row in rows]
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(where=str(path), found=str(error)) from error


def plot_exclusion(
    scan: MassScan, curves: list[Curve], *paths: Path, label: str = "this measurement"
) -> None:
    """Draw the exclusion plot as PNG or SVG, by the suffix of each file.

    Parameters
    ----------
    scan
        Our limit, with expected bands where it has them.
    curves
        Published limits.
    paths
        The pictures; an SVG is the same bytes for the same numbers.
    label
        What our curve is called.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings = {"svg.hashsalt": "helioscope", "font.size": 11.0, "svg.fonttype": "path"}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(7.0, 5.4), layout="constrained")
        axes = figure.add_subplot()
        low, high = float(scan.mass_ev.min()), max(float(scan.mass_ev.max()), 1.0)
        _background(axes, low, high)
        _curves(axes, scan, curves, label)
        axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(1e-12, 3e-5))
        axes.set_xlabel(r"axion mass $m_a$ (eV)")
        axes.set_ylabel(r"coupling $g_{a\gamma}$ (GeV$^{-1}$)")
        axes.legend(loc="center left", bbox_to_anchor=(0.0, 0.55), frameon=False, fontsize=9)
        for path in paths:
            _write(figure, path)


def _write(figure: Figure, path: Path) -> None:
    """Write a figure; without dates and versions, so that the same figure is the same bytes."""
    try:
        if path.suffix.lower() == ".svg":
            figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        else:
            figure.savefig(path, format="png", dpi=160, metadata={"Software": None})
    except OSError as error:
        raise OutputError(where=str(path), found=str(error)) from error


def _background(axes: Axes, low: float, high: float) -> None:
    mass = np.geomspace(low, high, 100)
    lower, upper = (qcd_coupling(mass, anomaly) for anomaly in QCD_BAND)
    axes.fill_between(mass, lower, upper, color="#F0E442", alpha=0.45, lw=0, label="QCD axions")
    axes.plot(mass, qcd_coupling(mass), color="#8a7d00", lw=1.0, ls="--", label="KSVZ, E/N = 0")
    box = PVLAS_2005_G_PER_GEV
    axes.fill_between(
        PVLAS_2005_MASS_EV,
        box[0],
        box[1],
        color="#D9D9D9",
        edgecolor="black",
        lw=0.8,
        label="PVLAS 2005",
    )
    region, least, most = region_2005()
    axes.fill_between(
        region,
        least,
        np.minimum(most, box[1]),
        where=least < box[1],
        color="black",
        lw=0,
        label="its rotation, 2 sigma",
    )


def _curves(axes: Axes, scan: MassScan, curves: list[Curve], label: str) -> None:
    for curve, colour in zip(curves, (COLOURS[1:] * len(curves)), strict=False):
        axes.plot(curve.mass_ev, curve.g_per_gev, color=colour, lw=1.4, label=curve.name)
    expected = scan.expected_g_per_gev
    if np.isfinite(expected).all():
        for low, high, alpha, name in ((0, 4, 0.25, None), (1, 3, 0.5, "expected, 68 and 95 %")):
            axes.fill_between(
                scan.mass_ev,
                expected[:, low],
                expected[:, high],
                color=COLOURS[4],
                alpha=alpha,
                lw=0,
                label=name,
            )
    axes.plot(scan.mass_ev, scan.g_per_gev, color=COLOURS[0], lw=2.2, label=f"{label}, 95 %")
    axes.fill_between(scan.mass_ev, scan.g_per_gev, 1e-4, color=COLOURS[0], alpha=0.08, lw=0)
