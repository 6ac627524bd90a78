"""The display of events: charges of both axes with the mesh pulse, or their waveforms."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np

from helioscope.api import Display, Reconstructed, Setup
from helioscope_micromegas.settings import MicromegasSettings

_MOST_EVENTS = 4


def draw(setup: Setup, raw: ak.Array, reconstructed: Reconstructed) -> bytes:
    """Draw the first events of a batch that left a row, at most four.

    Returns
    -------
    bytes
        SVG.
    """
    from helioscope_micromegas.pictures import drawing, svg
    from helioscope_micromegas.waveform_display import channels_of, draw_waveforms

    rows = reconstructed.observables[:_MOST_EVENTS]
    places = {int(number): place for place, number in enumerate(np.asarray(raw["event_id"]))}
    strips = setup.config.readout == "strips"
    channels = channels_of(setup)
    count = max(len(rows), 1)
    with drawing(9.0, 2.3 * count, count, 3) as (figure, axes):
        for row, line in zip(rows, axes, strict=False):
            event = raw[places[int(row["event_id"])]]
            if strips:
                _draw_strips(line, setup, event, row)
            else:
                draw_waveforms(line, setup, channels, event, row)
            line[0].set_title(_title(row), fontsize=8, loc="left")
        return svg(figure)


def _draw_strips(line: Any, setup: Setup, event: Any, row: Any) -> None:
    from helioscope_micromegas.detector import PEDESTALS, only
    from helioscope_micromegas.pictures import BLUE, ORANGE
    from helioscope_micromegas.strip_columns import DEAD, PEDESTAL, POSITION, THRESHOLD
    from helioscope_micromegas.strip_readout import strip_table

    config: MicromegasSettings = setup.config
    for number, (axis, color) in enumerate((("x", BLUE), ("y", ORANGE))):
        table = strip_table(config, number, only(setup, PEDESTALS), None)
        strip = np.asarray(event[f"{axis}_strip"])
        known = (strip >= 0) & (strip < config.n_strips)
        strip = strip[known]
        charge = np.asarray(event[f"{axis}_charge_adu"])[known] - table[PEDESTAL, strip]
        used = (charge > table[THRESHOLD, strip]) & (table[DEAD, strip] == 0)
        place = line[number]
        position = table[POSITION, strip]
        place.bar(position[used], charge[used], config.pitch_mm, color=color)
        place.axvline(row[f"{axis}_mm"], color="black", lw=0.8, ls="--")
        if used.any():
            low, high = position[used].min(), position[used].max()
            place.set_xlim(min(low, row[f"{axis}_mm"]) - 3, max(high, row[f"{axis}_mm"]) + 3)
        place.set_xlabel(f"{axis} (mm)")
        place.set_ylabel("charge (adu)")
    line[0].set_title(_title(row), fontsize=9, loc="left")
    time = np.arange(config.mesh_samples) * config.mesh_sample_ns
    line[2].plot(time, np.asarray(event["mesh_adu"]), color="#009E73", lw=0.7)
    line[2].set_xlabel("time (ns)")
    line[2].set_ylabel("mesh (adu)")
    title = f"rise {row['mesh_rise_ns']:.0f} ns, width {row['mesh_width_ns']:.0f} ns"
    line[2].set_title(title, fontsize=9, loc="left")


def _title(row: Any) -> str:
    energy = f"{row['energy_kev']:.2f} ± {row['energy_err_kev']:.2f} keV"
    return f"event {row['event_id']}: {energy}, x = {row['x_mm']:.2f} mm, y = {row['y_mm']:.2f} mm"


DISPLAY = Display(
    name="micromegas-events",
    detector="micromegas",
    draw=draw,
    description="Strips of both axes and the mesh pulse, or waveforms and vetoes.",
)
