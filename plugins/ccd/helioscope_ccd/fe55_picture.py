"""The picture of a 55Fe spectrum with its fit."""

from __future__ import annotations

import numpy as np

from helioscope_ccd.lines import LineFit
from helioscope_ccd.pictures import BLUE, GREY, VERMILION, new_figure, svg


def spectrum_picture(fit: LineFit) -> bytes:
    """Draw counts, fit and residuals of a spectrum in keV; give SVG."""
    figure = new_figure(6.4, 4.8)
    upper, lower = figure.subplots(
        2, 1, sharex=True, height_ratios=(3.2, 1), gridspec_kw={"hspace": 0.06}
    )
    centre = 0.5 * (fit.edges[1:] + fit.edges[:-1])
    model = fit.expected()
    error = np.sqrt(np.maximum(fit.counts, 1))
    upper.errorbar(centre, fit.counts, error, fmt=".", color=BLUE, markersize=3, linewidth=0.7,
                   label="single-pixel events")  # fmt: skip
    upper.plot(centre, model, color=VERMILION, linewidth=1.4, label="Mn K lines, Poisson fit")
    upper.set_yscale("log")
    upper.set_ylim(bottom=0.5)
    upper.set_ylabel(f"counts per {1e3 * (centre[1] - centre[0]):.0f} eV")
    upper.text(
        0.03, 0.95,
        f"FWHM {2355 * fit.shape.sigma_kev:.0f} eV at Mn Kα\n"
        f"χ²/ndf = {fit.chi2:.0f}/{fit.ndf}\n{fit.events} events",
        transform=upper.transAxes, va="top",
    )  # fmt: skip
    upper.legend(loc="upper right", frameon=False)
    pull = (fit.counts - model) / np.sqrt(np.maximum(model, 1.0))
    lower.axhline(0.0, color=GREY, linewidth=0.8)
    lower.errorbar(centre, pull, 1.0, fmt=".", color=BLUE, markersize=3, linewidth=0.7)
    lower.set_ylim(-5, 5)
    lower.set_ylabel("pull")
    lower.set_xlabel("energy (keV)")
    return svg(figure)
