"""The event display: wire-time planes of anodes and cathodes, clusters and their match."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np

from helioscope.api import Reconstructed, Setup
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.validation_pictures import ORANGE, new_figure, svg


def draw(setup: Setup, raw: ak.Array, reconstructed: Reconstructed) -> bytes:
    """Draw the first event of a batch that has a row, or the first one."""
    config: TpcSettings = setup.config
    rows = reconstructed.observables
    known = np.asarray(raw["event_id"])
    wanted = int(rows["event_id"][0]) if len(rows) else int(known[0])
    event = raw[int(np.flatnonzero(known == wanted)[0])]
    rows = rows[np.asarray(rows["event_id"]) == wanted]
    figure, axes = new_figure(9, 4.2, 2)
    planes = (
        ("Anode", 0, config.anode_wires, "x_mm"),
        ("Cathode", config.anode_wires, config.cathode_wires, "y_mm"),
    )
    for panel, (name, first, wires, column) in zip(axes, planes, strict=True):
        image = _plane(event, first, wires, config)
        picture = panel.imshow(
            image.T, origin="lower", aspect="auto", cmap="cividis", interpolation="nearest",
            extent=(-0.5, wires - 0.5, 0, config.samples * config.sample_us),
        )  # fmt: skip
        figure.colorbar(picture, ax=panel, label="Over baseline (adu)")
        panel.set(xlabel=f"{name} wire", ylabel="Time (µs)", title=f"{name}s")
        panel.xaxis.get_major_locator().set_params(integer=True)
        _zoom(panel, image, config)
        for row in rows:
            _mark(panel, row, float(row[column]), wires, config)
    figure.suptitle(_caption(wanted, rows), fontsize=10)
    return svg(figure)


def _plane(event: Any, first: int, wires: int, config: TpcSettings) -> np.ndarray:
    image = np.full((wires, config.samples), np.nan)
    number = np.asarray(event["wire"]) - first
    inside = (number >= 0) & (number < wires)
    samples = np.asarray(event["samples_adu"], np.float64)[inside]
    level = samples[:, config.baseline_start : config.baseline_stop].mean(axis=1, keepdims=True)
    image[number[inside]] = samples - level
    return image


def _zoom(panel: Any, image: np.ndarray, config: TpcSettings) -> None:
    read = np.flatnonzero(np.isfinite(image).any(axis=1))
    if read.size:
        panel.set_xlim(read[0] - 1, read[-1] + 1)
    peak = np.nan_to_num(image, nan=-np.inf).max(axis=0)
    loud = np.flatnonzero(peak > 0.2 * peak.max())
    if not read.size or not loud.size:
        return
    low = max((loud[0] - 8) * config.sample_us, 0.0)
    panel.set_ylim(low, min(loud[-1] + 12, config.samples) * config.sample_us)


def _mark(panel: Any, row: Any, place_mm: float, wires: int, config: TpcSettings) -> None:
    if not np.isfinite(place_mm):
        return
    wire = place_mm / config.pitch_mm + (wires - 1) / 2
    panel.plot(wire, float(row["time_us"]), "o", ms=16, mfc="none", mec=ORANGE, mew=1.8)
    panel.annotate(
        f"{float(row['energy_kev']):.1f} keV", (wire, float(row["time_us"])), (40, -6),
        textcoords="offset points", color="white", fontsize=9, fontweight="bold",
    )  # fmt: skip


def _caption(event_id: int, rows: ak.Array) -> str:
    if not len(rows):
        return f"Event {event_id}: no cluster"
    first = rows[0]
    return (
        f"Event {event_id}: {len(rows)} match{'es' if len(rows) > 1 else ''}, first at "
        f"x = {first['x_mm']:.1f} mm, y = {first['y_mm']:.1f} mm, "
        f"cathode/anode {first['charge_ratio']:.2f}"
    )
