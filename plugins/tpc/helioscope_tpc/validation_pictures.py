"""Pictures of the validation, as SVG."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.figures import Measured

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from helioscope_tpc.pair_figures import Found

Real = NDArray[np.float64]
#: Colours that stay apart for colour-blind eyes (Okabe and Ito).
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#666666"


def new_figure(width: float, height: float, columns: int = 1, **more: Any) -> tuple[Figure, Any]:
    """Make a figure with its axes, without a display."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, columns, **more)


def svg(figure: Figure) -> bytes:
    """Give the figure as SVG that is the same for the same content."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "helioscope", "font.size": 10}):
        target = io.BytesIO()
        figure.savefig(target, format="svg", metadata={"Date": None})
    return target.getvalue()


def energy(
    scales: Mapping[float, Measured],
    widths: Mapping[float, Measured],
    true_widths: Mapping[float, Measured],
) -> bytes:
    """Draw scale and resolution against energy."""
    figure, (left, right) = new_figure(9, 3.6, 2)
    lines = np.array(list(scales))
    left.axhspan(0.99, 1.01, color=GREEN, alpha=0.2, label="asked for")
    left.errorbar(
        lines, [m.value for m in scales.values()], [m.error for m in scales.values()],
        fmt="o", color=BLUE, label="measured",
    )  # fmt: skip
    left.set(xlabel="Photon energy (keV)", ylabel="Reconstructed / true energy")
    left.legend(frameon=False)
    right.plot(lines, [100 * m.value for m in true_widths.values()], color=ORANGE, label="put in")
    right.errorbar(
        lines, [100 * m.value for m in widths.values()], [100 * m.error for m in widths.values()],
        fmt="o", color=BLUE, label="measured",
    )  # fmt: skip
    right.set(xlabel="Photon energy (keV)", ylabel=r"Resolution $\sigma_E / E$ (%)", ylim=(0, None))
    right.legend(frameon=False)
    return svg(figure)


def efficiency(table: Mapping[tuple[float, float], Measured]) -> bytes:
    """Draw the photon efficiency in bins of energy."""
    figure, axes = new_figure(5.5, 3.8)
    middle = [(low + high) / 2 for low, high in table]
    half = [(high - low) / 2 for low, high in table]
    axes.errorbar(
        middle, [m.value for m in table.values()], [m.error for m in table.values()], half,
        fmt="o", color=BLUE,
    )  # fmt: skip
    axes.set(xlabel="Photon energy (keV)", ylabel="Accepted / photons at the window", ylim=(0, 1))
    axes.grid(alpha=0.3)
    return svg(figure)


def pairs(table: Mapping[float, Found]) -> bytes:
    """Draw how often two photons are found as two, and near their places, against distance."""
    figure, axes = new_figure(5.5, 3.8)
    for name, colour, label in (
        ("two", ORANGE, "exactly two rows"),
        ("near", BLUE, "each within 3 mm and 3 $\\sigma$"),
    ):
        found = [getattr(shares, name) for shares in table.values()]
        axes.errorbar(
            list(table), [m.value for m in found], [m.error for m in found],
            fmt="o-", color=colour, label=label,
        )  # fmt: skip
    axes.axvline(15.0, color=GREY, linestyle=":")
    axes.set(xlabel="Distance of the photons (mm)", ylabel="Share of the events", ylim=(0, 1.03))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="lower right")
    return svg(figure)


def cut_flow(flows: Mapping[str, list[dict[str, Any]]]) -> bytes:
    """Draw what is left after each cut, for one or two sets of rows, from records of runs."""
    figure, axes = new_figure(7.5, 4.6)
    height = 0.8 / len(flows)
    for number, ((label, flow), colour) in enumerate(
        zip(flows.items(), (BLUE, ORANGE), strict=False)
    ):
        left = np.array([step["left"] for step in flow])
        length = np.maximum(left, 0.3) / max(left[0], 1)
        place = np.arange(len(flow)) + (number - (len(flows) - 1) / 2) * height
        axes.barh(place, length, height, color=colour, label=label)
        for at, end, count in zip(place, length, left, strict=True):
            axes.annotate(f" {count}", (end, at), va="center", fontsize=7)
    axes.set_yticks(np.arange(len(flow)), [step["cut"] for step in flow])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set(xlabel="Rows left / all rows", xlim=(None, 3))
    figure.legend(frameon=False, loc="outside upper right", ncols=len(flows))
    return svg(figure)


def residuals(across: Real, up: Real) -> bytes:
    """Draw reconstructed less true position at 5.9 keV in both coordinates."""
    figure, axes = new_figure(9, 3.4, 2, sharey=True)
    for one, values, name in zip(axes, (across, up), "xy", strict=True):
        spread = float(np.sqrt(np.mean(values**2)))
        one.hist(values, np.linspace(-3, 3, 61), color=BLUE, histtype="stepfilled", alpha=0.8)
        one.set(xlabel=f"{name} reconstructed - true (mm)", title=f"rms {spread:.2f} mm, 5.9 keV")
    axes[0].set(ylabel="Photons per 0.1 mm")
    return svg(figure)
