"""What the demonstration shows: events, spectra, ROC, the energy scale."""

from __future__ import annotations

import awkward as ak
import numpy as np

from helioscope.api import CampaignOutcome, CampaignResult, Figure, RunResult
from helioscope_micromegas.campaign_runs import EFFICIENCY
from helioscope_micromegas.comparison_pictures import roc_figure, spectrum_figure
from helioscope_micromegas.detector import DETECTOR, ENERGY
from helioscope_micromegas.event_display import draw
from helioscope_micromegas.judging import Share, accepted
from helioscope_micromegas.pictures import energy_scale_figure
from helioscope_micromegas.truth import beside, origins


def outcome(result: CampaignResult) -> CampaignOutcome:
    """Draw the science run, and count what the classifier did to it."""
    run = result.runs["science"]
    rows = run.products["observables"]
    origin = origins(beside(rows, run.truth))
    decided = accepted(result, run, EFFICIENCY)
    energy = np.asarray(rows["energy_kev"], np.float64)
    inside = (energy > 1.0) & (energy < 8.0)
    axion = origin == "axion"
    kept = decided["classifier"]
    figures = [
        _share("axion X-rays accepted", Share(int((kept & axion).sum()), int(axion.sum()))),
        _share(
            "background accepted, 1 to 8 keV",
            Share(int((kept & ~axion & inside).sum()), int((~axion & inside).sum())),
        ),
    ]
    live_s = float(np.asarray(run.products["live_time"]["live_s"]).sum())
    config = result.detector_config
    area = (0.1 * config.n_strips * config.pitch_mm) ** 2
    scale = [row for made in result.calibrations[ENERGY] for row in made.table.to_list()]
    pictures = {
        "micromegas_events.svg": _events(run, rows, origin),
        "micromegas_spectrum.svg": spectrum_figure(
            energy[~axion], energy[kept & ~axion], live_s, area
        ),
        "micromegas_roc.svg": _roc(result, run, axion, ~axion & inside),
        "micromegas_energy_scale.svg": energy_scale_figure(scale),
    }
    return CampaignOutcome(figures, pictures)


def _share(name: str, share: Share) -> Figure:
    return Figure(name, share.value, share.error, "", "", True)


def _events(run: RunResult, rows: ak.Array, origin: np.ndarray) -> bytes:
    """Show one event each of an X-ray, a muon and an electron of the first batch."""
    raw = next(iter(run.raw()))
    known = np.asarray(raw["event_id"])
    numbers = np.asarray(rows["event_id"])
    chosen = []
    for kind in ("axion", "copper", "muon", "gamma"):
        mine = numbers[(origin == kind) & np.isin(numbers, known)]
        chosen += mine[:1].tolist()
    batch = raw[np.isin(known, chosen[:3])]
    return draw(run.setup, batch, DETECTOR.reconstruction(run.setup)(batch))


def _roc(result: CampaignResult, run: RunResult, xray: np.ndarray, background: np.ndarray) -> bytes:
    nominal = np.array([0.4, 0.6, 0.8, 0.9])
    signal: dict[str, list[Share]] = {}
    left: dict[str, list[Share]] = {}
    for efficiency in nominal:
        for kind, decided in accepted(result, run, float(efficiency)).items():
            for shares, chosen in ((signal, xray), (left, background)):
                share = Share(int((decided & chosen).sum()), int(chosen.sum()))
                shares.setdefault(kind, []).append(share)
    return roc_figure(nominal, signal, left)
