"""Pictures of a training: ROC, efficiency against energy, scores, importance, drift."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from helioscope.classification.drift import Drift
from helioscope.classification.importance import Importance
from helioscope.classification.metrics import Efficiency, Roc
from helioscope.classification.model import Kind
from helioscope.classification.training import Training

#: Colours that stay apart for colour-blind eyes (M. Okabe and K. Ito, 2008).
COLOURS = {"cuts": "#E69F00", "likelihood": "#009E73", "classifier": "#0072B2"}
LABELS = {"cuts": "Sequential cuts", "likelihood": "Likelihood ratio", "classifier": "Classifier"}
XRAY, BACKGROUND = "#0072B2", "#D55E00"
MARKS = {"cuts": "s", "likelihood": "^", "classifier": "o"}


def roc_figure(curves: Mapping[Kind, Roc], efficiency: float) -> bytes:
    """Draw background accepted against X-ray efficiency for each kind of model, as SVG."""
    figure, axes = _canvas()
    for kind, curve in curves.items():
        seen = curve.background > 0
        axes.fill_between(
            curve.efficiency[seen],
            curve.background_low[seen].clip(1e-9),
            curve.background_high[seen],
            color=COLOURS[kind],
            alpha=0.25,
            linewidth=0,
        )
        axes.plot(
            curve.efficiency[seen], curve.background[seen], color=COLOURS[kind],
            label=LABELS[kind], linewidth=1.8,
        )  # fmt: skip
        _limits_where_none_passed(axes, curve, COLOURS[kind])
    lowest = min(c.background[c.background > 0].min(initial=1.0) for c in curves.values())
    axes.set(
        xlabel="X-ray efficiency",
        ylabel="Background accepted",
        yscale="log",
        ylim=(lowest / 3, 1.0),
        xlim=(0.3, 1.0),
    )
    axes.axvline(efficiency, color="0.4", linestyle=":", linewidth=1)
    axes.grid(which="major", alpha=0.3)
    axes.legend(loc="upper left", title="Held-out blocks, band: 68 %", frameon=False)
    return _svg(figure)


def _limits_where_none_passed(axes: Any, curve: Roc, colour: str) -> None:
    """Mark with arrows the upper ends where no background passed at all."""
    none = curve.background <= 0
    axes.plot(curve.efficiency[none], curve.background_high[none], "v", color=colour, markersize=3)


def efficiency_figure(
    efficiencies: Mapping[Kind, Sequence[Efficiency]], nominal: float, tolerance: float = 0.05
) -> bytes:
    """Draw the efficiency for held-out X-rays against energy, as SVG."""
    figure, axes = _canvas()
    axes.axhspan(nominal - tolerance, nominal + tolerance, color="0.9", label="± 5 % absolute")
    axes.axhline(nominal, color="0.4", linestyle=":", linewidth=1)
    shifts = np.linspace(-0.06, 0.06, len(efficiencies)) if len(efficiencies) > 1 else [0.0]
    for (kind, bins), shift in zip(efficiencies.items(), shifts, strict=True):
        centre = np.array([(item.low_kev + item.high_kev) / 2 for item in bins])
        half = np.array([(item.high_kev - item.low_kev) / 2 for item in bins])
        value = np.array([item.share.value for item in bins])
        low = np.array([item.share.low for item in bins])
        high = np.array([item.share.high for item in bins])
        axes.errorbar(
            centre + shift, value, yerr=(value - low, high - value), xerr=half, fmt=MARKS[kind],
            color=COLOURS[kind], label=LABELS[kind], markersize=4, linewidth=1.2,
        )  # fmt: skip
    axes.set(xlabel="Energy (keV)", ylabel="X-ray efficiency", ylim=(0.5, 1.0))
    axes.legend(loc="lower right", frameon=False, ncols=2)
    return _svg(figure)


def scores_figure(training: Training) -> bytes:
    """Draw the scores of both classes, by models that have and have not seen them, as SVG."""
    figure, axes = _canvas(legend_rows=2)
    sample = training.sample
    seen = training.model.scores(sample.values, sample.energy_kev)
    low, high = np.quantile(training.held_out, (0.001, 0.999))
    edges = np.linspace(low, high, 45)
    centre = (edges[1:] + edges[:-1]) / 2
    for label, colour, name in ((True, XRAY, "X-rays"), (False, BACKGROUND, "Background")):
        rows = sample.xray == label
        total, width = rows.sum(), edges[1] - edges[0]
        trained = np.histogram(seen[rows].clip(low, high), edges)[0] / total / width
        counts = np.histogram(training.held_out[rows].clip(low, high), edges)[0]
        axes.stairs(trained, edges, color=colour, fill=True, alpha=0.25, label=f"{name}, training")
        axes.errorbar(
            centre, counts / total / width, yerr=np.sqrt(counts) / total / width, fmt="o",
            color=colour, markersize=3, linewidth=1, label=f"{name}, held out",
        )  # fmt: skip
    names = {
        "cuts": "ln of the smallest tail probability",
        "likelihood": "Log-likelihood ratio",
        "classifier": "Logarithm of the odds of an X-ray",
    }
    axes.set(xlabel=names[training.model.kind], ylabel="Rows per unit of score", yscale="log")
    figure.legend(frameon=False, fontsize="small", loc="lower center", ncols=2)
    return _svg(figure)


def importance_figure(importances: Sequence[Importance], efficiency: float) -> bytes:
    """Draw how much more background passes with each feature permuted, as SVG."""
    ordered = sorted(importances, key=lambda item: item.growth)
    names = [item.feature for item in ordered]
    figure, axes = _canvas(1.2 + 0.3 * len(names), names)
    place = np.arange(len(ordered))
    axes.barh(
        place,
        [item.growth for item in ordered],
        xerr=[item.error for item in ordered],
        color=COLOURS["classifier"],
        alpha=0.75,
        error_kw={"linewidth": 1},
    )
    axes.set_yticks(place, names)
    axes.axvline(1, color="0.4", linestyle=":", linewidth=1)
    axes.set(
        xlabel=f"Background accepted at {efficiency:.0%} efficiency, permuted / as it is",
        xlim=(0, None),
    )
    return _svg(figure)


def drift_figure(drifts: Mapping[str, Sequence[Drift]]) -> bytes:
    """Draw the distance of each feature to the training data beside the usual one, as SVG."""
    names = [item.feature for item in next(iter(drifts.values()))]
    figure, axes = _canvas(1.2 + 0.34 * len(names), names, legend_rows=len(drifts))
    place = np.arange(len(names))[::-1]
    for (name, rows), colour, shift in zip(
        drifts.items(),
        (XRAY, BACKGROUND, "#009E73", "#CC79A7"),
        (0.1, -0.1, 0.2, -0.2),
        strict=False,
    ):
        axes.plot(
            [item.distance for item in rows], place + shift, "o", color=colour, label=name,
            markersize=5,
        )  # fmt: skip
        axes.plot(
            [item.usual for item in rows], place + shift, "|", color=colour, markersize=11,
            label=f"{name}: usual between blocks",
        )  # fmt: skip
    axes.set_yticks(place, names)
    axes.set(xlabel="Kolmogorov–Smirnov distance to the training data", xlim=(0, None))
    axes.grid(axis="x", alpha=0.3)
    figure.legend(frameon=False, fontsize="small", loc="lower center", ncols=2)
    return _svg(figure)


def _canvas(
    height: float = 4.2, names: Sequence[str] = (), legend_rows: int = 0
) -> tuple[Any, Any]:
    """Make a figure with margins in inches for the names on its left and a legend below.

    Margins that are known spare matplotlib's layout engine, which takes as long as the drawing.
    """
    from matplotlib.figure import Figure

    width = 6.4
    left = 0.3 + 0.085 * max(map(len, names)) if names else 0.8
    bottom = 0.6 + 0.22 * legend_rows
    figure = Figure(figsize=(width, height + 0.22 * legend_rows))
    axes = figure.add_subplot()
    figure.subplots_adjust(
        left / width, bottom / figure.get_figheight(), 1 - 0.2 / width,
        1 - 0.15 / figure.get_figheight(),
    )  # fmt: skip
    return figure, axes


def _svg(figure: Any) -> bytes:
    import matplotlib as mpl

    target = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "helioscope"}):
        figure.savefig(target, format="svg", metadata={"Date": None})
    return target.getvalue()
