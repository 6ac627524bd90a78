"""What the demo shows: an event, the spectrum before and after the cuts, the 55Fe peak."""

from __future__ import annotations

import numpy as np

from helioscope.api import CampaignOutcome, CampaignResult, Figure, RunResult
from helioscope_tpc import validation_pictures
from helioscope_tpc.event_pictures import draw
from helioscope_tpc.figures import share
from helioscope_tpc.validation_pictures import BLUE, GREY, new_figure, svg


def outcome(result: CampaignResult) -> CampaignOutcome:
    """Show the watch."""
    watch = result.runs["watch"]
    candidates = watch.products["candidates"]
    accepted = np.unique(np.asarray(candidates["event_id"])[np.asarray(candidates["accepted"])])
    recorded = watch.truth[np.asarray(watch.truth["event_id"]) >= 0]
    photon = np.asarray(recorded["source"]) == "photon"
    ids = np.asarray(recorded["event_id"])
    taken = np.isin(ids, accepted)
    figures = []
    for name, mine in (("X-rays", photon), ("background", ~photon)):
        kept = share(int(taken[mine].sum()), int(mine.sum()))
        figures.append(Figure(f"recorded {name} accepted", *kept, "", "", True))
    pictures = {"spectrum.svg": _spectrum(watch), "event.svg": _event(watch, ids[photon & taken])}
    pictures["cut_flow.svg"] = validation_pictures.cut_flow({"rows": watch.record["cut_flow"]})
    return CampaignOutcome(figures, pictures)


def _spectrum(watch: RunResult) -> bytes:
    rows, candidates = watch.products["observables"], watch.products["candidates"]
    energy = np.asarray(candidates["energy_kev"])[np.asarray(candidates["accepted"])]
    figure, axes = new_figure(6, 3.8)
    edges = np.linspace(0, 12, 37)
    axes.hist(np.asarray(rows["energy_kev"]), edges, color=GREY, alpha=0.4, label="all clusters")
    counts, _ = np.histogram(energy, edges)
    middle = (edges[1:] + edges[:-1]) / 2
    some = counts > 0
    middle, counts = middle[some], counts[some]
    axes.errorbar(middle, counts, np.sqrt(counts), fmt="o", color=BLUE, ms=4, label="accepted")
    axes.set_yscale("symlog", linthresh=1)
    axes.set(xlabel="Energy (keV)", ylabel="Events per 0.33 keV", ylim=(0, None))
    axes.set_ylim(0, 8 * axes.get_ylim()[1])  # room for the legend over the data
    axes.legend(frameon=False, ncols=2, loc="upper center")
    return svg(figure)


def _event(watch: RunResult, wanted: np.ndarray) -> bytes:
    """Draw an accepted X-ray, or the first event with a row."""
    from helioscope_tpc.detector import reconstruction

    reconstruct = reconstruction(watch.setup)
    for raw in watch.raw():
        chosen = (
            np.isin(np.asarray(raw["event_id"]), wanted) if len(wanted) else np.ones(len(raw), bool)
        )
        if chosen.any():
            part = raw[np.flatnonzero(chosen)[:1]]
            return draw(watch.setup, part, reconstruct(part))
    return b""
