"""Pictures that compare the discriminators: ROC, efficiency in energy, spectra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from helioscope_micromegas.judging import Share
from helioscope_micromegas.pictures import BLUE, GREEN, GREY, ORANGE, drawing, svg

_STYLES = {
    "classifier": (BLUE, "o", "classifier"),
    "likelihood": (ORANGE, "s", "likelihood ratio"),
    "cuts": (GREEN, "^", "sequential cuts"),
}


def roc_figure(
    nominal: NDArray[np.float64],
    signal: Mapping[str, Sequence[Share]],
    background: Mapping[str, Sequence[Share]],
    which: str = "background",
) -> bytes:
    """Draw background accepted against X-ray efficiency, both measured on held-out runs.

    ``which`` says of what background, for the axis.
    """
    with drawing(4.6, 3.6) as (figure, axes):
        place = axes[0, 0]
        for kind, (color, marker, label) in _STYLES.items():
            pairs = zip(signal[kind], background[kind], strict=True)
            shown = [(xray, left) for xray, left in pairs if left.passed]
            place.errorbar(
                [xray.value for xray, _ in shown],
                [left.value for _, left in shown],
                xerr=[xray.error for xray, _ in shown],
                yerr=[min(left.error, 0.9 * left.value) for _, left in shown],
                fmt=marker + "-", color=color, ms=4, lw=1, capsize=2, label=label,
            )  # fmt: skip
        place.axhline(1 / 101, color=GREY, lw=0.8, ls="--")
        place.annotate(
            "asked for at 80 %: 1 of 101", (nominal[0], 1 / 101), (0, 2),
            textcoords="offset points", va="bottom", fontsize=8, color=GREY,
        )  # fmt: skip
        place.set_yscale("log")
        place.set_xlabel("X-ray efficiency")
        place.set_ylabel(f"{which} accepted, 1–8 keV")
        place.legend(loc="lower right")
        return svg(figure)


def efficiency_figure(lines: Mapping[str, Sequence[tuple[float, Share]]], nominal: float) -> bytes:
    """Draw the efficiency for X-ray lines against energy."""
    with drawing(4.6, 3.2) as (figure, axes):
        place = axes[0, 0]
        place.axhspan(nominal - 0.05, nominal + 0.05, color=GREY, alpha=0.15, lw=0)
        place.axhline(nominal, color=GREY, lw=0.8, ls="--", label=f"nominal {nominal:.2f} ± 0.05")
        for shift, (kind, (color, marker, label)) in enumerate(_STYLES.items()):
            energy = np.array([line for line, _ in lines[kind]]) + 0.06 * (shift - 1)
            place.errorbar(
                energy, [share.value for _, share in lines[kind]],
                [share.error for _, share in lines[kind]], fmt=marker, color=color, ms=4,
                capsize=2, label=label,
            )  # fmt: skip
        place.set_ylim(0.5, 1.0)
        place.set_xlabel("line (keV)")
        place.set_ylabel("X-ray efficiency")
        place.legend(loc="lower right", fontsize=7)
        return svg(figure)


def spectrum_figure(
    all_kev: NDArray[np.float64], kept_kev: NDArray[np.float64], live_s: float, area_cm2: float
) -> bytes:
    """Draw the background spectrum before and after the classifier, with counting errors."""
    edges = np.linspace(0.5, 10.5, 41)
    with drawing(4.6, 3.4) as (figure, axes):
        place = axes[0, 0]
        scale = 1.0 / (live_s * area_cm2 * (edges[1] - edges[0]))
        middle = 0.5 * (edges[1:] + edges[:-1])
        for energy, color, marker, label in (
            (all_kev, GREY, "s", "all events"),
            (kept_kev, BLUE, "o", "accepted by the classifier"),
        ):
            counts, _ = np.histogram(energy, edges)
            seen = counts > 0
            place.errorbar(
                middle[seen], counts[seen] * scale, np.sqrt(counts[seen]) * scale, fmt=marker,
                ms=3, lw=0.8, color=color, label=f"{label} ({int(counts.sum())})",
            )  # fmt: skip
        place.set_yscale("log")
        place.set_xlabel("energy (keV)")
        place.set_ylabel(r"counts / (keV cm$^2$ s)")
        place.legend(fontsize=8)
        return svg(figure)
