"""The figures of the waveform read-out: pedestals, dead strips, resolution, position."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import CampaignOutcome, CampaignResult, Figure, quality
from helioscope_micromegas.channel_status import DEAD, GOOD, NOISY
from helioscope_micromegas.detector import DETECTOR, WAVEFORM_PEDESTALS
from helioscope_micromegas.event_display import draw
from helioscope_micromegas.position_figures import position
from helioscope_micromegas.simulation.electronics import strip_electronics
from helioscope_micromegas.simulation.settings import WaveformSimulation
from helioscope_micromegas.simulation.waveform_run import channels
from helioscope_micromegas.truth import beside
from helioscope_micromegas.validation import resolution
from helioscope_micromegas.waveform_campaign_runs import LINES_KEV, PEDESTAL_EVENTS

_SIMULATED = WaveformSimulation()


def outcome(result: CampaignResult) -> CampaignOutcome:
    """Measure all figures on runs that calibrated nothing, and draw some events."""
    figures = [
        *_pedestals(result),
        *resolution(result, ("strips",)),
        *position(result),
        *_dead_strip(result),
        *_lines(result),
    ]
    run = result.runs["fe55-science"]
    batch = next(iter(run.raw()))[:4]
    events = draw(run.setup, batch, DETECTOR.reconstruction(run.setup)(batch))
    return CampaignOutcome(figures, {"micromegas_waveforms.svg": events})


def _pedestals(result: CampaignResult) -> list[Figure]:
    """Compare level, noise and status of every channel with what was put in."""
    config = result.detector_config
    x, y = strip_electronics(_SIMULATED, config)
    level = np.concatenate([x.pedestal_adu, y.pedestal_adu])
    noise = np.concatenate([x.noise_adu, y.noise_adu])
    status = np.full(noise.size, GOOD)
    status[noise == 0] = DEAD
    status[list(_SIMULATED.noisy_strips_x)] = NOISY
    table = result.calibrations[WAVEFORM_PEDESTALS][0].table
    table = table[np.searchsorted(np.asarray(table["channel"]), channels(config.n_strips))]
    wrong = int((np.asarray(table["status"]) != status).sum())
    good = status == GOOD
    spread = np.sqrt(_SIMULATED.level_spread_adu**2 + noise**2 / config.samples)
    off = np.asarray(table["pedestal_adu"]) - level
    pulls = off[good] / (spread[good] / np.sqrt(PEDESTAL_EVENTS))
    put_in = np.sqrt(noise[good] ** 2 + 1 / 12)
    ratio = np.asarray(table["noise_about_level_adu"])[good] / put_in
    width, error = float(np.sqrt((pulls**2).mean())), float(1 / np.sqrt(2 * pulls.size))
    low = float(ratio.mean()) - 1
    return [
        Figure(
            "dead, noisy and good channels called otherwise", wrong, None, "channels", "0",
            wrong == 0,
        ),
        Figure(
            "pedestals: error in units of the statistical one", width, error, "",
            "within 10 % of 1",
            abs(width - 1) < 0.1,
        ),
        Figure(
            "noise: found over put in less 1", 100 * low,
            100 * float(ratio.std() / np.sqrt(ratio.size)), "%", "within 1 %", abs(low) < 0.01,
        ),
    ]  # fmt: skip


def _dead_strip(result: CampaignResult) -> list[Figure]:
    """Look at photopeak events that convert over the dead x strip or next to it."""
    run = result.runs["fe55-science"]
    rows = run.products["observables"]
    truth = beside(rows, run.truth)
    config = result.detector_config
    strip = np.floor(np.asarray(truth["x_mm"]) / config.pitch_mm + 0.5 * config.n_strips)
    peak = np.abs(np.asarray(rows["energy_kev"]) - 5.5) < 1.5
    near = peak & (np.abs(strip - _SIMULATED.dead_strips_x[0]) <= 1)
    bad = (np.asarray(rows["quality"]) & np.uint32(quality.BAD_NEIGHBOUR.mask)) != 0
    one = np.asarray(rows["n_clusters_x"]) == 1
    bridged, usual = _share(one[near]), _share(one[peak & ~bad])
    off = (np.asarray(rows["x_mm"]) - np.asarray(truth["x_mm"]))[near & one]
    rms = float(1000 * np.sqrt((off**2).mean()))
    return [
        Figure(
            "x clusters over the dead strip that stay one, less those elsewhere",
            100 * (bridged[0] - usual[0]), 100 * float(np.hypot(bridged[1], usual[1])), "%",
            "above -10 % absolute", bridged[0] - usual[0] > -0.10,
        ),
        Figure(
            "position rms in x over the dead strip", rms, rms / float(np.sqrt(2 * off.size)), "um",
            "< 200 um", rms < 200,
        ),
    ]  # fmt: skip


def _share(chosen: NDArray[np.bool_]) -> tuple[float, float]:
    value = float(chosen.mean())
    return value, float(np.sqrt(max(value * (1 - value), 1e-4) / chosen.size))


def _lines(result: CampaignResult) -> list[Figure]:
    """Give the place of X-ray lines on the energy scale."""
    run = result.runs["lines"]
    rows = run.products["observables"]
    truth = beside(rows, run.truth)
    return [_line(rows, truth, line) for line in LINES_KEV]


def _line(rows: ak.Array, truth: ak.Array, line: float) -> Figure:
    mine = np.abs(np.asarray(truth["energy_kev"]) - line) < 0.01
    over = np.asarray(rows["energy_kev"])[mine] / line
    near = over[np.abs(over - 1) < 0.3]
    error = float(1.2533 * near.std() / np.sqrt(near.size))
    name = f"line of {line:g} keV: median energy less its own"
    return Figure(name, 100 * (float(np.median(near)) - 1), 100 * error, "%", "", True)
