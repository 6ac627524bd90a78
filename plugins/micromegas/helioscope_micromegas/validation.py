"""The figures of the validation: resolution, position, rejection, efficiency in energy."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import CampaignOutcome, CampaignResult, Figure, quality
from helioscope_micromegas.campaigns import EFFICIENCY, LINES_KEV
from helioscope_micromegas.judging import Share, accepted
from helioscope_micromegas.line_fit import LineFit, fit_lines
from helioscope_micromegas.observables import MISMATCHED
from helioscope_micromegas.truth import beside

_RANGE_KEV = (1.0, 8.0)
_SCIENCE = ("science-1", "science-2")


def outcome(result: CampaignResult) -> CampaignOutcome:
    """Measure all figures on the held-out science runs, and draw them."""
    from helioscope_micromegas.comparison_pictures import efficiency_figure, roc_figure

    figures = [*resolution(result), *position(result)]
    shares = background_shares(result, EFFICIENCY)
    figures += _rejection(shares, background_disagreement(result, EFFICIENCY))
    lines = line_efficiencies(result, EFFICIENCY)
    figures += _flatness(lines)
    figures += _level(result)
    pictures = {
        "micromegas_roc.svg": roc_figure(*roc_points(result)),
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


def position(result: CampaignResult) -> list[Figure]:
    """Take the distance to the conversion point for photopeak events of one cluster an axis."""
    rows, truth = _rows_and_truth(result, "fe55-science")
    energy = np.asarray(rows["energy_kev"])
    single = (np.asarray(rows["n_clusters_x"]) == 1) & (np.asarray(rows["n_clusters_y"]) == 1)
    single &= (np.asarray(rows["quality"]) & np.uint32(MISMATCHED.mask)) == 0
    chosen = single & (np.abs(energy - 5.9) < 1.0)
    figures = []
    for axis in "xy":
        off = np.asarray(rows[f"{axis}_mm"])[chosen] - np.asarray(truth[f"{axis}_mm"])[chosen]
        rms = float(1000 * np.sqrt((off**2).mean()))
        error = rms / float(np.sqrt(2 * off.size))
        name = f"position rms in {axis} at 5.9 keV ({100 * chosen.mean():.0f} % of the rows)"
        figures.append(Figure(name, rms, error, "um", "< 150 um", rms < 150))
    return figures


def background_shares(result: CampaignResult, efficiency: float) -> dict[str, Share]:
    """Count the background from 1 to 8 keV that each discriminator accepts."""
    passed: dict[str, int] = {}
    total = 0
    for name in _SCIENCE:
        run = result.runs[name]
        energy = np.asarray(run.products["observables"]["energy_kev"])
        inside = (energy >= _RANGE_KEV[0]) & (energy < _RANGE_KEV[1])
        total += int(inside.sum())
        for kind, decided in accepted(result, run, efficiency).items():
            passed[kind] = passed.get(kind, 0) + int((decided & inside).sum())
    return {kind: Share(count, total) for kind, count in passed.items()}


def _rejection(shares: dict[str, Share], differing: dict[str, float]) -> list[Figure]:
    best = shares["classifier"]
    figures = [
        Figure(
            "background rejected by the classifier at 80 % efficiency, 1 to 8 keV",
            1.0 - best.value, best.error, "", ">= 100/101", best.value <= 1.0 / 101.0,
        )
    ]  # fmt: skip
    for kind in ("likelihood", "cuts"):
        more = shares[kind].passed - best.passed
        name = f"background accepted by {kind} ({shares[kind].passed}) less the classifier's"
        name += f" ({best.passed} of {best.total})"
        figures.append(Figure(name, more, differing[kind], "events", "> 0", more > 0))
    return figures


def background_disagreement(result: CampaignResult, efficiency: float) -> dict[str, float]:
    """Give the error of the difference to the classifier: the root of the events that differ.

    The rows are the same ones, so those that both accept or both reject tell nothing
    (Q. McNemar, Psychometrika 12 (1947) 153).
    """
    apart: dict[str, int] = {}
    for name in _SCIENCE:
        run = result.runs[name]
        energy = np.asarray(run.products["observables"]["energy_kev"])
        inside = (energy >= _RANGE_KEV[0]) & (energy < _RANGE_KEV[1])
        decided = accepted(result, run, efficiency)
        for kind, kept in decided.items():
            differ = int(((kept != decided["classifier"]) & inside).sum())
            apart[kind] = apart.get(kind, 0) + differ
    return {kind: float(np.sqrt(max(count, 1))) for kind, count in apart.items()}


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
    for name in _SCIENCE:
        candidates = result.runs[name].products["candidates"]
        energy = np.asarray(candidates["energy_kev"])
        inside = (energy >= _RANGE_KEV[0]) & (energy < _RANGE_KEV[1])
        counts += int((np.asarray(candidates["accepted"]) & inside).sum())
        live_s += float(np.asarray(result.runs[name].products["live_time"]["live_s"]).sum())
    config = result.detector_config
    area_cm2 = (0.1 * config.n_strips * config.pitch_mm) ** 2
    exposure = area_cm2 * live_s * (_RANGE_KEV[1] - _RANGE_KEV[0])
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
    """Give nominal efficiencies, and by discriminator the X-rays and background accepted."""
    nominal = np.array([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
    signal: dict[str, list[Share]] = {}
    background: dict[str, list[Share]] = {}
    for efficiency in nominal:
        for kind, share in background_shares(result, float(efficiency)).items():
            background.setdefault(kind, []).append(share)
        for kind, shares in line_efficiencies(result, float(efficiency)).items():
            joined = Share(sum(s.passed for _, s in shares), sum(s.total for _, s in shares))
            signal.setdefault(kind, []).append(joined)
    return nominal, signal, background


def _rows_and_truth(result: CampaignResult, name: str) -> tuple[ak.Array, ak.Array]:
    rows = result.runs[name].products["observables"]
    return rows, beside(rows, result.runs[name].truth)
