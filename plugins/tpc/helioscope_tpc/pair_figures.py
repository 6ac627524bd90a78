"""Two photons in one event: how often both are found, each where it was."""

from __future__ import annotations

from typing import NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import CampaignResult, Figure, RunResult
from helioscope_tpc.campaign_runs import PAIR_DISTANCES_MM, pairs_run
from helioscope_tpc.figures import Measured, known, least, share

Real = NDArray[np.float64]

#: How near a row must come to its photon: in x and in y, and in standard deviations of the energy.
NEAR_MM, NEAR_SIGMA = 3.0, 3.0
#: What is asked holds from this distance on.
APART_MM = 15.0


class Found(NamedTuple):
    """Shares of the events: with exactly two rows, and with each of them near its photon."""

    two: Measured
    near: Measured


def found_by_distance(result: CampaignResult, sigma_kev: float) -> dict[float, Found]:
    """Measure each run of pairs; ``sigma_kev`` is the resolution at the photons' energy."""
    return {
        distance: found(result.runs[pairs_run(distance)], sigma_kev)
        for distance in PAIR_DISTANCES_MM
    }


def pair_figures(table: dict[float, Found]) -> list[Figure]:
    """Give both shares at every distance."""
    figures = []
    for distance, shares in table.items():
        name = f"two photons {distance:g} mm apart: "
        two = f"{name}exactly two rows"
        near = f"{name}each within {NEAR_MM:g} mm and {NEAR_SIGMA:g} sigma"
        if distance > APART_MM:
            figures += [least(two, shares.two, "", 0.95), least(near, shares.near, "", 0.9)]
        else:
            figures += [known(two, shares.two), known(near, shares.near)]
    return figures


def found(run: RunResult, sigma_kev: float) -> Found:
    """Compare the rows of every event that two photons came in, recorded or not."""
    truth = ak.Array({n: run.truth[n] for n in ("event_id", "x_mm", "y_mm", "energy_kev")})
    truth = truth[np.argsort(np.asarray(truth["event_id"]), kind="stable")]
    events = len(truth) // 2
    rows = run.products["observables"]
    rows = rows[np.argsort(np.asarray(rows["event_id"]), kind="stable")]
    seen, first, count = np.unique(
        np.asarray(rows["event_id"]), return_index=True, return_counts=True
    )
    first = first[count == 2]
    photon = np.searchsorted(np.asarray(truth["event_id"]), seen[count == 2])
    limits = {"x_mm": NEAR_MM, "y_mm": NEAR_MM, "energy_kev": NEAR_SIGMA * sigma_kev}
    near = np.zeros(len(first), np.bool_)
    for swapped in (0, 1):
        one = _all_near(rows, first, truth, photon + swapped, limits)
        near |= one & _all_near(rows, first + 1, truth, photon + 1 - swapped, limits)
    return Found(share(len(first), events), share(int(near.sum()), events))


def _all_near(
    rows: ak.Array,
    row: NDArray[np.int64],
    truth: ak.Array,
    photon: NDArray[np.int64],
    limits: dict[str, float],
) -> NDArray[np.bool_]:
    near = np.ones(len(row), np.bool_)
    for name, limit in limits.items():
        measured = np.asarray(rows[name], np.float64)[row]
        true = np.asarray(truth[name], np.float64)[photon]
        near &= np.abs(measured - true) < limit  # false where NaN: y is not known
    return near
