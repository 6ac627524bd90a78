"""What the demonstration shows: the source's spectrum, events, the spot, tracking's spectrum."""

from __future__ import annotations

from dataclasses import replace

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import CampaignOutcome, CampaignResult, Figure, RunResult
from helioscope_ccd.gallery import EventCut, cut, gallery
from helioscope_ccd.pictures import BLUE, GREY, VERMILION, new_figure, svg
from helioscope_ccd.residuals import signal_kev
from helioscope_ccd.settings import CcdSettings
from helioscope_ccd.tables import FE55

#: Radius of the spot's region, mm, and the energies of the spectra, keV.
SPOT_RADIUS_MM, SPAN_KEV, BINS = 1.4, (0.7, 10.0), 24

Rates = dict[str, tuple[float, float]]


def outcome(result: CampaignResult, spot_mm: tuple[float, float]) -> CampaignOutcome:
    """Give the rates in the spot and the pictures."""
    run = together(result, "tracking")
    live = live_seconds(run)
    inside = in_spot(run, spot_mm)
    rates = {tag: _rate(run, inside, tag, live[tag]) for tag in live}
    figures = [
        Figure(f"rate in the spot, {tag}", 1e3 * rate, 1e3 * error, "mHz", "", True)
        for tag, (rate, error) in rates.items()
    ]
    figures += _excess(rates)
    pictures = {
        "ccd_hit_map.svg": hit_map(run, result.detector_config, spot_mm),
        "ccd_spectra.svg": spectra(run, inside, live),
        "ccd_events.png": event_gallery(run),
    }
    fe55 = result.calibrations[FE55][0].attachments.get("fe55_spectrum.svg")
    if fe55:
        pictures["ccd_fe55.svg"] = fe55
    return CampaignOutcome(figures, pictures)


def together(result: CampaignResult, named: str) -> RunResult:
    """Give a run with the candidates and the live time of all science runs."""
    science = [run for run in result.runs.values() if run.products]
    joined = {
        kind: ak.concatenate([run.products[kind] for run in science])
        for kind in ("candidates", "live_time")
    }
    chosen = result.runs[named]
    return replace(chosen, products={**chosen.products, **joined})


def live_seconds(run: RunResult) -> dict[str, float]:
    """Give the live time of each tag that has any."""
    table = run.products["live_time"]
    sums: dict[str, float] = {}
    for tag, seconds in zip(ak.to_list(table["tag"]), ak.to_list(table["live_s"]), strict=True):
        if seconds > 0 and tag != "excluded":
            sums[tag] = sums.get(tag, 0.0) + seconds
    return sums


def in_spot(run: RunResult, spot_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """Say which candidates are accepted, within the energies, and in the spot."""
    rows = run.products["candidates"]
    energy = np.asarray(rows["energy_kev"])
    away = np.hypot(np.asarray(rows["x_mm"]) - spot_mm[0], np.asarray(rows["y_mm"]) - spot_mm[1])
    kept = np.asarray(rows["accepted"]) & (away < SPOT_RADIUS_MM)
    return np.asarray(kept & (energy >= SPAN_KEV[0]) & (energy < SPAN_KEV[1]))


def _tags(run: RunResult) -> NDArray[np.str_]:
    return np.array(ak.to_list(run.products["candidates"]["tag"]), np.str_)


def _rate(
    run: RunResult, inside: NDArray[np.bool_], tag: str, live_s: float
) -> tuple[float, float]:
    number = int(np.count_nonzero(inside & (_tags(run) == tag)))
    return number / live_s, float(np.sqrt(max(number, 1))) / live_s


def _excess(rates: Rates) -> list[Figure]:
    if not {"tracking", "background"} <= set(rates):
        return []
    (on, on_error), (off, off_error) = rates["tracking"], rates["background"]
    error = float(np.hypot(on_error, off_error))
    return [
        Figure("rate in the spot, tracking less background", 1e3 * (on - off), 1e3 * error, "mHz",
               "the simulated signal: above 0 by 3 sigma", on - off > 3.0 * error)
    ]  # fmt: skip


def hit_map(run: RunResult, config: CcdSettings, spot_mm: tuple[float, float]) -> bytes:
    """Draw where the accepted candidates of each tag hit; give SVG."""
    from matplotlib.patches import Circle

    rows = run.products["candidates"]
    tags, accepted = _tags(run), np.asarray(rows["accepted"])
    shown = [tag for tag in ("tracking", "background") if (tags == tag).any()]
    figure = new_figure(2.3 * max(len(shown), 1) + 0.4, 6.4)
    axes = np.atleast_1d(figure.subplots(1, max(len(shown), 1), sharey=True))
    size = config.columns * config.pixel_um * 1e-3, config.rows * config.pixel_um * 1e-3
    for place, tag in zip(axes, shown, strict=False):
        kept = accepted & (tags == tag)
        place.scatter(
            np.asarray(rows["x_mm"])[kept], np.asarray(rows["y_mm"])[kept], s=6,
            color=VERMILION if tag == "tracking" else BLUE, alpha=0.7, linewidths=0,
        )  # fmt: skip
        place.add_patch(Circle(spot_mm, SPOT_RADIUS_MM, fill=False, color=GREY, linewidth=1.2))
        place.set_xlim(0, size[0])
        place.set_ylim(0, size[1])
        place.set_aspect("equal")
        place.set_title(f"{tag}\n{int(kept.sum())} candidates", fontsize=10)
        place.annotate(
            "spot", (spot_mm[0], spot_mm[1] + SPOT_RADIUS_MM), (0, 2), textcoords="offset points",
            ha="center", fontsize=9, bbox={"color": "white", "alpha": 0.8, "pad": 0.5},
        )  # fmt: skip
        place.set_xticks(np.arange(0, size[0], 2))
        place.set_xlabel("x (mm)")
    axes[0].set_ylabel("y (mm)")
    return svg(figure)


def spectra(run: RunResult, inside: NDArray[np.bool_], live: dict[str, float]) -> bytes:
    """Draw the rate in the spot against energy for each tag, with error bars; give SVG."""
    figure = new_figure(6.4, 4.2)
    place = figure.subplots()
    energy, tags = np.asarray(run.products["candidates"]["energy_kev"]), _tags(run)
    styles = {"tracking": (VERMILION, "o"), "background": (BLUE, "s")}
    for shift, (tag, seconds) in zip((-0.04, 0.04), sorted(live.items()), strict=False):
        counts, edges = np.histogram(energy[inside & (tags == tag)], BINS, SPAN_KEV)
        scale = 1e3 / (seconds * (edges[1] - edges[0]))
        colour, marker = styles.get(tag, (GREY, "^"))
        place.errorbar(
            0.5 * (edges[1:] + edges[:-1]) + shift, counts * scale,
            np.sqrt(np.maximum(counts, 1)) * scale, fmt=marker, color=colour, markersize=4,
            linewidth=1, capsize=2, label=f"{tag}, {seconds:.0f} s live",
        )  # fmt: skip
    place.set_xlabel("energy (keV)")
    place.set_ylabel("rate in the spot (mHz / keV)")
    place.set_ylim(bottom=0)
    place.legend(frameon=False)
    return svg(figure)


#: Kinds of events in the gallery: name, smallest and largest pattern, how many.
KINDS = (("single", 0, 0, 2), ("double", 1, 4, 2), ("triple", 5, 8, 1), ("quadruple", 9, 12, 1))


def event_gallery(run: RunResult) -> bytes:
    """Draw clean events of each kind, away from the edge, and two tracks; give PNG."""
    rows = run.products["observables"]
    pattern, clean = np.asarray(rows["pattern"]), np.asarray(rows["quality"]) == 0
    wanted: list[tuple[int, int, int, str]] = []
    for kind, low, high, number in KINDS:
        for index in np.flatnonzero(clean & (pattern >= low) & (pattern <= high))[:number]:
            event = rows[int(index)]
            energy, error = event["energy_kev"], event["energy_err_kev"]
            title = f"{kind}, pattern {event['pattern']}\n{energy:.2f} ± {error:.2f} keV"
            wanted.append((event["event_id"], event["row"], event["column"], title))
    wanted += _tracks(run)
    cuts: dict[int, EventCut] = {}
    for batch in run.raw():
        events = np.asarray(batch["event_id"])
        for place, (event_id, row, column, title) in enumerate(wanted):
            if events[0] <= event_id <= events[-1]:
                frame = batch["frame_adu"][int(np.searchsorted(events, event_id))]
                signal = signal_kev(run.setup, np.asarray(frame))
                cuts[place] = cut(signal, row, column, title)
        if len(cuts) == len(wanted):
            break
    return gallery([cuts[place] for place in sorted(cuts)])


def _tracks(run: RunResult) -> list[tuple[int, int, int, str]]:
    """Choose two simulated tracks with many pixels: frame, row and column, title."""
    truth = run.truth[np.asarray(run.truth["source"]) < 0]
    columns = run.setup.config.columns
    longest = np.argsort(-np.asarray(ak.num(truth["pixel"], axis=1)), kind="stable")
    chosen = []
    for index in longest[2:4]:
        pixels = np.asarray(truth["pixel"][int(index)])
        row, column = divmod(int(pixels[len(pixels) // 2]), columns)
        chosen.append((int(truth["event_id"][int(index)]), row, column, "track, rejected\n"))
    return chosen
