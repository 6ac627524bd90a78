"""The figures of the validation: resolution, efficiency in energy, level; and all others."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import CampaignOutcome, CampaignResult, Figure, quality
from helioscope_micromegas import source_only
from helioscope_micromegas.campaign_runs import EFFICIENCY, LINES_KEV
from helioscope_micromegas.judging import Share, accepted
from helioscope_micromegas.line_fit import LineFit, fit_lines
from helioscope_micromegas.position_figures import position
from helioscope_micromegas.rejection_figures import (
    RANGE_KEV,
    SCIENCE,
    background,
    comparison,
    rejection,
)
from helioscope_micromegas.truth import beside


def outcome(result: CampaignResult) -> CampaignOutcome:
    """Measure all figures on the held-out science runs, and draw them."""
    from helioscope_micromegas.comparison_pictures import efficiency_figure, roc_figure

    left = background(result, EFFICIENCY)
    lines = line_efficiencies(result, EFFICIENCY)
    figures = [
        *resolution(result),
        *position(result),
        *rejection(left),
        *comparison(left),
        *_flatness(lines),
        *source_only.flatness(result),
        *_level(result),
    ]
    pictures = {
        "micromegas_roc.svg": roc_figure(*roc_points(result), "judged background"),
        "micromegas_efficiency.svg": efficiency_figure(lines, EFFICIENCY),
    }
    return CampaignOutcome(figures, pictures)


def resolution(
    result: CampaignResult, sources: tuple[str, ...] = ("mesh", "strips")
) -> list[Figure]:
    """Compare the width of the photopeak with that of the truth's charge, fitted alike.

    Clusters beside a dead strip have lost charge, are flagged so, and are left out.
    """
    rows, truth = _rows_and_truth(result, "fe55-science")
    whole = (np.asarray(rows["quality"]) & np.uint32(quality.BAD_NEIGHBOUR.mask)) == 0
    rows, truth = rows[whole], truth[whole]
    put_in = fit_lines(np.asarray(truth["avalanche"], np.float64))
    figures = []
    for source in sources:
        found = fit_lines(np.asarray(rows[f"energy_{source}_kev"], np.float64))
        figures.append(_width_figure(source, found, put_in))
        scale = found.per_kev - 1.0
        figures.append(
            Figure(
                f"55Fe line, {source}: energy over 5.9 keV less 1", 100 * scale,
                100 * found.per_kev_err, "%", "within 1 %", abs(scale) < 0.01,
            )
        )  # fmt: skip
    return figures


def _width_figure(source: str, found: LineFit, put_in: LineFit) -> Figure:
    off = 100 * (found.fwhm - put_in.fwhm)
    error = 100 * float(np.hypot(found.fwhm_err, put_in.fwhm_err))
    name = f"55Fe FWHM, {source}: {100 * found.fwhm:.2f} % less {100 * put_in.fwhm:.2f} % put in"
    return Figure(name, off, error, "%", "within 1 % absolute", abs(off) < 1.0)


def line_efficiencies(
    result: CampaignResult, efficiency: float
) -> dict[str, list[tuple[float, Share]]]:
    """Count, for each line, the recorded photons that each discriminator accepts."""
    _, truth = _rows_and_truth(result, "lines")
    kev = np.asarray(truth["energy_kev"])
    found: dict[str, list[tuple[float, Share]]] = {}
    for kind, decided in accepted(result, result.runs["lines"], efficiency).items():
        found[kind] = []
        for line in LINES_KEV:
            mine = np.abs(kev - line) < 0.01
            found[kind].append((line, Share(int(decided[mine].sum()), int(mine.sum()))))
    return found


def _flatness(lines: dict[str, list[tuple[float, Share]]]) -> list[Figure]:
    return [
        Figure(
            f"efficiency of the classifier at {line:g} keV", share.value, share.error, "",
            "0.80 within 0.05", abs(share.value - EFFICIENCY) <= 0.05,
        )
        for line, share in lines["classifier"]
    ]  # fmt: skip


def _level(result: CampaignResult) -> list[Figure]:
    """Give the background left in counts/(keV cm2 s), beside the published level."""
    counts, live_s = 0, 0.0
    for name in SCIENCE:
        candidates = result.runs[name].products["candidates"]
        energy = np.asarray(candidates["energy_kev"])
        inside = (energy >= RANGE_KEV[0]) & (energy < RANGE_KEV[1])
        counts += int((np.asarray(candidates["accepted"]) & inside).sum())
        live_s += float(np.asarray(result.runs[name].products["live_time"]["live_s"]).sum())
    config = result.detector_config
    area_cm2 = (0.1 * config.n_strips * config.pitch_mm) ** 2
    exposure = area_cm2 * live_s * (RANGE_KEV[1] - RANGE_KEV[0])
    level = counts / exposure
    return [
        Figure(
            "background level after the classifier, 1 to 8 keV", level,
            float(np.sqrt(max(counts, 1))) / exposure, "counts/(keV cm2 s)",
            "within a factor 3 of 5e-5 (2002 to 2004)", 5e-5 / 3 < level < 5e-5 * 3,
        )
    ]  # fmt: skip


def roc_points(
    result: CampaignResult,
) -> tuple[NDArray[np.float64], dict[str, list[Share]], dict[str, list[Share]]]:
    """Give nominal efficiencies, and by discriminator X-rays and judged background accepted."""
    nominal = np.array([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
    signal: dict[str, list[Share]] = {}
    left: dict[str, list[Share]] = {}
    for efficiency in nominal:
        found = background(result, float(efficiency))
        for kind in found.kept:
            left.setdefault(kind, []).append(found.share(found.asked, kind))
        for kind, shares in line_efficiencies(result, float(efficiency)).items():
            joined = Share(sum(s.passed for _, s in shares), sum(s.total for _, s in shares))
            signal.setdefault(kind, []).append(joined)
    return nominal, signal, left


def _rows_and_truth(result: CampaignResult, name: str) -> tuple[ak.Array, ak.Array]:
    rows = result.runs[name].products["observables"]
    return rows, beside(rows, result.runs[name].truth)
