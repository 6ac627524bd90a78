"""The pn-CCD's figures against the truth of a simulated campaign."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import CampaignOutcome, CampaignResult, Figure, RunResult
from helioscope_ccd.camera import Camera
from helioscope_ccd.campaign_runs import validation_plan
from helioscope_ccd.chain import layout_of
from helioscope_ccd.energy import fwhm_ev
from helioscope_ccd.matching import (
    TruthPixels,
    beside,
    match,
    piled_up,
    rejected_columns,
    truth_pixels,
)  # fmt: skip
from helioscope_ccd.patterns import INVALID
from helioscope_ccd.peaks import fit_peak
from helioscope_ccd.settings import CcdSettings
from helioscope_ccd.simulation import camera_of
from helioscope_ccd.simulation_settings import CcdSimulation
from helioscope_ccd.tables import DARK, FE55


def outcome(result: CampaignResult, lines_kev: tuple[float, ...]) -> CampaignOutcome:
    """Measure every figure."""
    config: CcdSettings = result.detector_config
    plan = {name: settings for name, _, settings in validation_plan()}
    layout = layout_of(config)
    camera = camera_of(config, plan["dark"], layout)
    figures = [
        *_energy_scale(result.runs["lines"], lines_kev, config, plan["lines"]),
        *_efficiency(result.runs["photons"], config, camera, plan["photons"].frames),
        _noise_events(result.runs["empty"], plan["empty"].frames),
        *_darks(result, camera, plan["dark"].frames),
        _cti(result, plan["fe55"]),
        *_tracks(result.runs["tracks"], config, plan["tracks"].frames),
    ]
    return CampaignOutcome(figures)


def _energy_scale(
    run: RunResult, lines_kev: tuple[float, ...], config: CcdSettings, settings: CcdSimulation
) -> list[Figure]:
    rows = _accepted(run)
    energy, pattern = np.asarray(rows["energy_kev"], np.float64), np.asarray(rows["pattern"])
    figures = []
    for line in lines_kev:
        peak = fit_peak(energy, line)
        deviation = 100.0 * (peak.mean_kev / line - 1.0)
        error = 100.0 * peak.mean_error_kev / line
        figures.append(
            Figure(f"energy scale at {line} keV", deviation, error, "%", "within 0.3",
                   abs(deviation) < 0.3)
        )  # fmt: skip
    formula = fwhm_ev(5900.0, settings.noise_electrons, config.fano, config.pair_ev)
    # Photons that come during the read-out get the transfer loss of another row.
    late = _is_late(run, rows, config)
    name = "FWHM of singles at 5.9 keV"
    clean = _width(f"{name}", energy[(pattern == 0) & ~late])
    with_late = _width(f"{name}, with those during read-out", energy[pattern == 0])
    passed = abs(clean.value / formula - 1.0) < 0.05
    required = f"within 5 % of {formula:.1f}"
    return [*figures, clean._replace(required=required, passed=passed), with_late]


def _width(name: str, energy_kev: NDArray[np.float64]) -> Figure:
    peak = fit_peak(energy_kev, 5.9)
    return Figure(name, 2355.0 * peak.sigma_kev, 2355.0 * peak.sigma_error_kev, "eV", "", True)


def _is_late(run: RunResult, rows: ak.Array, config: CcdSettings) -> NDArray[np.bool_]:
    """Say which events belong to photons that came during the read-out."""
    pixels = truth_pixels(run.truth, config.columns)
    found = _match(pixels, len(run.truth), rows)
    late = np.zeros(len(rows), bool)
    late[found[(found >= 0) & np.asarray(run.truth["out_of_time"])]] = True
    return late


def _match(pixels: TruthPixels, particles: int, rows: ak.Array) -> NDArray[np.int64]:
    places = [np.asarray(rows[name], np.int64) for name in ("event_id", "row", "column")]
    return match(pixels, particles, places[0], places[1], places[2])


def _efficiency(run: RunResult, config: CcdSettings, camera: Camera, frames: int) -> list[Figure]:
    truth, rows = run.truth, run.products["observables"]
    rows = rows[np.asarray(rows["pattern"]) < INVALID]
    pixels = truth_pixels(truth, config.columns)
    number = len(truth)
    is_track = np.asarray(truth["source"]) < 0
    energy = np.asarray(truth["energy_kev"])
    asked = ~is_track & (energy >= 1.0) & (energy <= 8.0)
    asked &= np.bincount(pixels.owner, minlength=number) > 0
    late = np.asarray(truth["out_of_time"])
    bad = beside(pixels, camera.bad > 0, number)
    dropped = _in_rejected(pixels, is_track, config, frames, number)
    piled = piled_up(pixels, number)
    found = _match(pixels, number, rows)
    off = np.asarray(rows["energy_kev"], np.float64)[found] - energy
    right = (found >= 0) & (np.abs(off) < 3.0 * np.asarray(rows["energy_err_kev"])[found])
    fair = asked & ~bad & ~dropped & ~piled
    share, error = _share(right[fair & ~late])
    with_late, late_error = _share(right[fair])
    return [
        Figure("photons of 1 to 8 keV found within 3 sigma", share, error, "%", ">= 98",
               share >= 98.0),
        Figure("the same with those that came during read-out", with_late, late_error, "%", "",
               True),
        *_left_out(asked, {"at bad pixels": bad, "in rejected columns": dropped,
                           "piled up": piled, "during read-out": late}),
    ]  # fmt: skip


def _left_out(asked: NDArray[np.bool_], reasons: dict[str, NDArray[np.bool_]]) -> list[Figure]:
    figures = []
    for reason, which in reasons.items():
        share, error = _share(which[asked])
        figures.append(Figure(f"photons {reason}", share, error, "%", "", True))
    return figures


def _in_rejected(
    pixels: TruthPixels, is_track: NDArray[np.bool_], config: CcdSettings, frames: int, number: int
) -> NDArray[np.bool_]:
    """Say which particles have charge in a column that the true tracks cost, or beside one."""
    lost = rejected_columns(
        pixels, is_track, config.mip_kev, frames, config.columns, config.mip_tracks_per_frame
    )
    near = lost.copy()
    near[:, 1:] |= lost[:, :-1]
    near[:, :-1] |= lost[:, 1:]
    found = np.zeros(number, bool)
    found[pixels.owner[near[pixels.frame, pixels.column]]] = True
    return found


def _noise_events(run: RunResult, frames: int) -> Figure:
    number = len(run.products["observables"])
    rate = number * 1e4 / frames
    error = np.sqrt(max(number, 1)) * 1e4 / frames
    return Figure("noise events in 10^4 frames", rate, error, "", "< 1", rate < 1.0)


def _darks(result: CampaignResult, camera: Camera, frames: int) -> list[Figure]:
    table = result.calibrations[DARK][0].table
    shape = camera.bad.shape
    offset, noise, bad = (
        np.asarray(table[name]).reshape(shape) for name in ("offset_adu", "noise_adu", "bad")
    )
    good = (camera.bad == 0) & (bad == 0)
    # Rounding to whole ADU adds its own variance.
    true_noise = np.sqrt(camera.noise_adu**2 + 1.0 / 12.0)
    # What all pixels of a row share belongs to the common mode, not to the offset.
    off = np.where(good, offset - camera.offset_adu, np.nan)
    off -= np.nanmedian(off, axis=1)[:, None]
    offset_pull = (off / (true_noise / np.sqrt(frames)))[good]
    noise_pull = ((noise - true_noise) / (true_noise / np.sqrt(2.0 * frames)))[good]
    real = camera.bad > 0
    share, error = _share(bad[real] > 0)
    false, false_error = _share(bad[~real] > 0)
    return [
        _pull("offset map: error in units of the statistical one", offset_pull),
        _pull("noise map: error in units of the statistical one", noise_pull),
        Figure("bad pixels found", share, error, "%", ">= 99", share >= 99.0),
        Figure("good pixels called bad", false, false_error, "%", "< 0.1", false < 0.1),
    ]


def _pull(name: str, pull: NDArray[np.float64]) -> Figure:
    size = float(np.sqrt(np.mean(np.square(pull))))
    error = 1.0 / np.sqrt(2.0 * pull.size)
    return Figure(name, size, float(error), "", "within 5 % of 1", abs(size - 1.0) < 0.05)


def _cti(result: CampaignResult, settings: CcdSimulation) -> Figure:
    table = result.calibrations[FE55][0].table
    cti, error = float(table["cti"][0]), float(table["cti_err"][0])
    deviation = 100.0 * (cti / settings.cti - 1.0)
    return Figure("CTI: deviation", deviation, 100.0 * error / settings.cti, "%", "within 10",
                  abs(deviation) < 10.0)  # fmt: skip


def _tracks(run: RunResult, config: CcdSettings, frames: int) -> list[Figure]:
    truth, rows = run.truth, _accepted(run)
    pixels = truth_pixels(truth, config.columns)
    number = len(truth)
    found = _match(pixels, number, rows)
    on_chip = np.bincount(pixels.owner, minlength=number) > 0
    share, error = _share(found[on_chip] < 0)
    lost = rejected_columns(
        pixels, np.ones(number, bool), config.mip_kev, frames, config.columns,
        config.mip_tracks_per_frame,
    )  # fmt: skip
    expected = float(lost.mean(axis=1).sum()) * config.integration_s
    live = run.products["live_time"]
    measured = float(np.sum(live["dead_s"])) - frames * config.readout_s
    deviation = 100.0 * (measured / expected - 1.0)
    return [
        Figure("minimum-ionising tracks rejected", share, error, "%", ">= 99", share >= 99.0),
        Figure("lost live area: deviation", deviation, None, "%", "within 1",
               abs(deviation) < 1.0),
    ]  # fmt: skip


def _accepted(run: RunResult) -> ak.Array:
    """Give the observables that the discriminator takes, matched by place with candidates."""
    return run.products["observables"][np.asarray(run.products["candidates"]["accepted"])]


def _share(which: NDArray[np.bool_]) -> tuple[float, float]:
    """Give a fraction in per cent with its binomial error."""
    number = max(which.size, 1)
    share = float(np.mean(which)) if which.size else 0.0
    error = np.sqrt(max(share * (1.0 - share), 1.0 / number) / number)
    return 100.0 * share, 100.0 * float(error)
