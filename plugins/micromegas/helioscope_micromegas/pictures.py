"""Pictures of calibrations: the 55Fe spectrum with its fit, the energy scale in time."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from helioscope_micromegas.line_fit import LineFit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Okabe and Ito's colours, told apart by everyone.
BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#666666"
_UNITS = {"strips": "adu", "mesh": "adu ns"}


#: Inches around and between panels: known margins spare matplotlib's layout engine, which takes
#: as long as the drawing.
_LEFT, _RIGHT, _BOTTOM, _TOP, _ACROSS, _UP = 0.95, 0.15, 0.5, 0.3, 0.8, 0.8


@contextmanager
def drawing(width: float, height: float, rows: int = 1, columns: int = 1) -> Iterator[Any]:
    """Give a figure and its axes in the one style, closed afterwards."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    style = {
        "font.size": 9.0, "axes.spines.top": False, "axes.spines.right": False,
        "svg.hashsalt": "helioscope", "svg.fonttype": "path", "legend.frameon": False,
    }  # fmt: skip
    with mpl.rc_context(style):
        figure = Figure(figsize=(width, height))
        panel_width = (width - _LEFT - _RIGHT - (columns - 1) * _ACROSS) / columns
        panel_height = (height - _BOTTOM - _TOP - (rows - 1) * _UP) / rows
        figure.subplots_adjust(
            _LEFT / width, _BOTTOM / height, 1 - _RIGHT / width, 1 - _TOP / height,
            _ACROSS / panel_width, _UP / panel_height,
        )  # fmt: skip
        yield figure, figure.subplots(rows, columns, squeeze=False)


def svg(figure: Figure) -> bytes:
    """Write a figure as SVG, the same bytes for the same content."""
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def fe55_figure(fits: Mapping[str, LineFit]) -> bytes:
    """Draw the spectra of 55Fe with their fits."""
    with drawing(4.2 * len(fits), 3.2, 1, len(fits)) as (figure, axes):
        for place, (source, fit) in zip(axes[0], fits.items(), strict=True):
            energy = 0.5 * (fit.edges[1:] + fit.edges[:-1]) / fit.per_kev
            place.errorbar(
                energy, fit.counts, np.sqrt(fit.counts), fmt="o", ms=2, lw=0.6, color=GREY,
                label=f"{int(fit.counts.sum())} events",
            )  # fmt: skip
            text = f"fit: FWHM {100 * fit.fwhm:.1f} ± {100 * fit.fwhm_err:.1f} % at 5.9 keV"
            place.plot(energy, fit.model, color=BLUE, lw=1.5, label=text)
            place.axvline(fit.escape_kev, color=ORANGE, lw=0.8, ls="--", label="Ar escape line")
            place.set_xlabel("energy (keV)")
            place.set_ylabel(f"events / {np.diff(energy)[0]:.2f} keV")
            place.set_title(f"{source}: {fit.per_kev:.4g} {_UNITS[source]} / keV", fontsize=9)
            place.set_ylim(0, 1.35 * fit.counts.max())
            place.legend(loc="upper left", fontsize=7)
        return svg(figure)


def energy_scale_figure(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Draw scale and resolution against time."""
    with drawing(5.2, 4.2, 2, 1) as (figure, axes):
        for source, color, marker in (("strips", BLUE, "o"), ("mesh", ORANGE, "s")):
            mine = sorted((row for row in rows if row["source"] == source), key=_time)
            if not mine:
                continue
            hours = np.array([1e-9 * (row["time_ns"] - _time(rows[0])) / 3600 for row in mine])
            scale = np.array([row["per_kev"] for row in mine])
            error = np.array([row["per_kev_err"] for row in mine])
            axes[0, 0].errorbar(
                hours, scale / scale[0], error / scale[0], fmt=marker + "-", ms=4, lw=1,
                color=color, label=source,
            )  # fmt: skip
            axes[1, 0].errorbar(
                hours, [100 * row["fwhm"] for row in mine], [100 * row["fwhm_err"] for row in mine],
                fmt=marker, ms=4, lw=1, color=color, label=source,
            )  # fmt: skip
        axes[0, 0].set_ylabel("charge per keV, relative")
        axes[1, 0].set_ylabel("FWHM at 5.9 keV (%)")
        axes[1, 0].set_xlabel("time since the first run (h)")
        axes[0, 0].legend()
        return svg(figure)


def _time(row: Mapping[str, Any]) -> int:
    return int(row["time_ns"])
