"""The validation's figures: energy, position, efficiency, rejection, two photons."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from helioscope.api import (
    CampaignOutcome,
    CampaignResult,
    Figure,
    RunResult,
    Setup,
    WorkingPointSettings,
    discriminators,
)
from helioscope_tpc import validation_pictures
from helioscope_tpc.background_figures import background_figures
from helioscope_tpc.campaign_runs import HELD_OUT, VALIDATION_LINES_KEV
from helioscope_tpc.figures import (
    Measured,
    accepted_events,
    core,
    in_range,
    in_windows,
    known,
    least,
    most,
    one_row_an_event,
    rms,
    share,
    with_truth,
)
from helioscope_tpc.pair_figures import found_by_distance, pair_figures
from helioscope_tpc.separation import SEPARATION
from helioscope_tpc.simulation.settings import TpcSimulationSettings

Real = NDArray[np.float64]
Widths = dict[float, Measured]
LINES_KEV = tuple(dict.fromkeys(VALIDATION_LINES_KEV))
#: 1 to 10 keV in the bins of the efficiency table.
EDGES_KEV = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def outcome(result: CampaignResult) -> CampaignOutcome:
    """Measure everything and draw it."""
    lines, solar, night = (result.runs[HELD_OUT + name] for name in ("lines", "solar", "night"))
    scales, widths, true_widths = _energy(lines)
    efficiency = _efficiency(solar)
    overall = _overall(solar)
    pairs = found_by_distance(result, 3.0 * widths[3.0].value)
    figures = [
        *_energy_figures(scales, widths, true_widths),
        *_position_figures(lines),
        *[
            known(f"photon efficiency {low:g}-{high:g} keV", m)
            for (low, high), m in efficiency.items()
        ],
        least("photon efficiency 1-10 keV", overall, "", 0.62),
        *background_figures(night),
        *pair_figures(pairs),
        *_drift_figures(result),
        *_trained_figures(result),
    ]
    flows = {"X-rays": solar.record["cut_flow"], "background": night.record["cut_flow"]}
    pictures = {
        "energy_scale.svg": validation_pictures.energy(scales, widths, true_widths),
        "efficiency.svg": validation_pictures.efficiency(efficiency),
        "cut_flow.svg": validation_pictures.cut_flow(flows),
        "residuals.svg": validation_pictures.residuals(*_residuals(lines)),
        "pairs.svg": validation_pictures.pairs(pairs),
    }
    return CampaignOutcome(figures, pictures)


def _energy(run: RunResult) -> tuple[Widths, Widths, Widths]:
    """Give measured over true energy, and the relative width of each line measured and put in.

    The trigger takes the upper half of a 1 keV line and would move it up. So the scale is the
    measured energy over the charge that really arrived, times the charge that arrives on
    average from all photons of the line that were absorbed whole, triggered or not. What was
    put in is the width of the charge that arrived in the same events.
    """
    rows, truth = with_truth(one_row_an_event(run.products["observables"]), run)
    energy = np.asarray(rows["energy_kev"], np.float64)
    true, collected = (np.asarray(truth[n], np.float64) for n in ("energy_kev", "collected_kev"))
    everything = run.truth
    scales, widths, true_widths = {}, {}, {}
    for line in LINES_KEV:
        mine = true == line
        ratio, _ = core(energy[mine] / collected[mine])
        whole = (np.asarray(everything["energy_kev"]) == line) & (
            np.asarray(everything["ionised_kev"]) > 0.75 * line
        )
        arrived = np.asarray(everything["collected_kev"], np.float64)[whole] / line
        error = arrived.std() / np.sqrt(len(arrived))
        scale = ratio.value * arrived.mean()
        scales[line] = Measured(scale, scale * float(np.hypot(error, ratio.error)))
        _, width = core(energy[mine] / line)
        widths[line] = width
        _, true_widths[line] = core(collected[mine] / line)
    return scales, widths, true_widths


def _energy_figures(scales: Widths, widths: Widths, true_widths: Widths) -> list[Figure]:
    figures = [
        Figure(
            f"energy scale at {line:g} keV", m.value, m.error, "", "0.99 to 1.01",
            abs(m.value - 1) <= 0.01,
        )
        for line, m in scales.items()
    ]  # fmt: skip
    for line, m in widths.items():
        wanted = true_widths[line].value
        figures.append(
            Figure(
                f"resolution (sigma) at {line:g} keV", 100 * m.value, 100 * m.error, "%",
                f"{100 * wanted:.2f} +- 1", abs(m.value - wanted) <= 0.01,
            )
        )  # fmt: skip
    return figures


def _residuals(run: RunResult) -> tuple[Real, Real]:
    rows, truth = with_truth(one_row_an_event(run.products["observables"]), run)
    mine = np.asarray(truth["energy_kev"]) == 5.9
    across = np.asarray(rows["x_mm"] - truth["x_mm"], np.float64)[mine]
    up = np.asarray(rows["y_mm"] - truth["y_mm"], np.float64)[mine]
    both = np.isfinite(across) & np.isfinite(up)
    return across[both], up[both]


def _position_figures(run: RunResult) -> list[Figure]:
    return [
        most(f"position {axis} at 5.9 keV (rms)", rms(values), "mm", 1.0)
        for axis, values in zip("xy", _residuals(run), strict=True)
    ]


def _efficiency(run: RunResult) -> dict[tuple[float, float], Measured]:
    energy = np.asarray(run.truth["energy_kev"])
    taken = np.isin(np.asarray(run.truth["event_id"]), accepted_events(run))
    table = {}
    for low, high in pairwise(EDGES_KEV):
        mine = (energy >= low) & (energy < high)
        table[low, high] = share(int(taken[mine].sum()), int(mine.sum()))
    return table


def _overall(run: RunResult) -> Measured:
    """Give the share of all photons at the window, in the axions' spectrum, that are accepted."""
    taken = np.isin(np.asarray(run.truth["event_id"]), accepted_events(run))
    return share(int(taken.sum()), len(taken))


def _drift_figures(result: CampaignResult) -> list[Figure]:
    simulation = TpcSimulationSettings()
    (drift,) = result.calibrations["tpc-drift"]
    true = simulation.drift_velocity_mm_per_us
    ratio, error = (
        float(drift.table[name][0]) / true
        for name in ("drift_velocity_mm_per_us", "drift_velocity_err_mm_per_us")
    )
    (attachment,) = result.calibrations["tpc-attachment"]
    (row,) = attachment.table
    lost = float(row["attachment_per_us"]) - true / simulation.attachment_length_mm
    lost_err = float(row["attachment_err_per_us"])
    return [
        Figure(
            "drift velocity over true", ratio, error, "", "0.99 to 1.01", abs(ratio - 1) <= 0.01
        ),
        Figure(
            "electrons lost to attachment less true", lost, lost_err, "1/us", "within 3 errors",
            abs(lost) <= 3 * lost_err,
        ),
    ]  # fmt: skip


def _trained_figures(result: CampaignResult) -> list[Figure]:
    """Give efficiency and rejection of the trained discriminators on the same held-out runs."""
    figures = []
    for discriminator in discriminators(SEPARATION):
        if discriminator.name not in result.calibrations:
            continue
        kept, left = [
            _judged(result, discriminator.name, result.runs[HELD_OUT + name])
            for name in ("solar", "night")
        ]
        figures.append(known(f"{discriminator.name}: X-rays in the windows kept", kept))
        figures.append(known(f"{discriminator.name}: background in the windows left", left))
    return figures


def _judged(result: CampaignResult, name: str, run: RunResult) -> Measured:
    """Give the share of clean rows in the windows, in 1 to 10 keV, that a discriminator takes."""
    (chosen,) = [one for one in discriminators(SEPARATION) if one.name == name]
    setup = Setup("tpc", run.run, WorkingPointSettings(), dict(result.calibrations))
    rows = run.products["observables"]
    clean = (np.asarray(rows["quality"]) & np.uint32(SEPARATION.excluded_quality)) == 0
    rows = rows[clean & in_windows(rows) & in_range(rows)]
    accepted = np.asarray(chosen.discrimination(setup)(rows)["accepted"])
    return share(int(accepted.sum()), len(rows))
