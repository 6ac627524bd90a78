"""How far from the conversion point photons are found: those asked about, and all of them."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import CampaignResult, Figure
from helioscope_micromegas.judging import Share, is_clean
from helioscope_micromegas.observables import MISMATCHED
from helioscope_micromegas.truth import beside

#: Farther off than this, part of the energy converted elsewhere: diffusion does not reach it.
TAIL_MM = 0.5


def position(result: CampaignResult) -> list[Figure]:
    """Give the distance to the conversion point along each axis.

    What is asked for holds for photopeak events of one cluster an axis. Beside it stand all rows
    with a place: where argon's fluorescence photon converts elsewhere, the cluster with more
    charge may be the other one, or the mean of both.
    """
    run = result.runs["fe55-science"]
    rows = run.products["observables"]
    truth = beside(rows, run.truth)
    single = (np.asarray(rows["n_clusters_x"]) == 1) & (np.asarray(rows["n_clusters_y"]) == 1)
    single &= (np.asarray(rows["quality"]) & np.uint32(MISMATCHED.mask)) == 0
    single &= np.abs(np.asarray(rows["energy_kev"]) - 5.9) < 1.0
    placed = is_clean(rows)
    figures = []
    for axis in "xy":
        off = _off_mm(rows, truth, axis)
        rms, error = _rms_um(off[single])
        share = f"{100 * single.mean():.0f} % of the rows"
        name = f"position rms in {axis} at 5.9 keV, one cluster an axis within 1 keV ({share})"
        figures.append(Figure(name, rms, error, "um", "< 150 um", rms < 150))
    for axis in "xy":
        figures += _all_rows(_off_mm(rows, truth, axis)[placed], axis)
    return figures


def _off_mm(rows: ak.Array, truth: ak.Array, axis: str) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.asarray(rows[f"{axis}_mm"], np.float64)
    return found - np.asarray(truth[f"{axis}_mm"], np.float64)


def _rms_um(off_mm: NDArray[np.float64]) -> tuple[float, float]:
    rms = float(1000 * np.sqrt((off_mm**2).mean()))
    return rms, rms / float(np.sqrt(2 * off_mm.size))


def _all_rows(off_mm: NDArray[np.float64], axis: str) -> list[Figure]:
    """Give rms, quantiles and tail of all rows; the rms is that of the tail."""
    rms, _ = _rms_um(off_mm)
    square_error = float((off_mm**2).std() / np.sqrt(off_mm.size))
    tail = Share(int((np.abs(off_mm) > TAIL_MM).sum()), off_mm.size)
    figures = [
        Figure(
            f"position rms in {axis}, all rows", rms, 1e6 * square_error / (2 * rms), "um", "", True
        )
    ]
    for share in (0.68, 0.95):
        within, error = _quantile_um(np.abs(off_mm), share)
        name = f"position in {axis}, all rows: {100 * share:.0f} % lie within"
        figures.append(Figure(name, within, error, "um", "", True))
    name = f"position in {axis}, all rows: farther off than {TAIL_MM:g} mm"
    figures.append(Figure(name, 100 * tail.value, 100 * tail.error, "%", "", True))
    return figures


def _quantile_um(distance_mm: NDArray[np.float64], share: float) -> tuple[float, float]:
    """Give a quantile, and half the distance of those one binomial deviation beside it."""
    deviation = float(np.sqrt(share * (1 - share) / distance_mm.size))
    low, middle, high = np.quantile(distance_mm, [share - deviation, share, share + deviation])
    return float(1000 * middle), float(500 * (high - low))
