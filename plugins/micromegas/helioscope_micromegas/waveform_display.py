"""The display of an event read out as waveforms: pulses of both axes, and their heights."""

from __future__ import annotations

from typing import Any

import numpy as np

from helioscope.api import Setup
from helioscope_micromegas.channels import UNMAPPED, VETO, Channels
from helioscope_micromegas.detector import READOUT, WAVEFORM_PEDESTALS, only
from helioscope_micromegas.pictures import BLUE, ORANGE
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.strip_columns import DEAD, POSITION

_MARGIN_MM, _MARGIN_SAMPLES = 3.0, 40


def channels_of(setup: Setup) -> Channels:
    """Give what is known of the channels of a run."""
    return Channels(setup.config, only(setup, READOUT), only(setup, WAVEFORM_PEDESTALS))


def draw_waveforms(line: Any, setup: Setup, channels: Channels, event: Any, row: Any) -> None:
    """Draw one event into a line of three panels; without a map, channels and vetoes."""
    config: MicromegasSettings = setup.config
    ids, samples = np.asarray(event["signal_id"]), np.asarray(event["signal_adu"])
    samples = samples.reshape(-1, config.samples)
    axis, strip = channels.places(ids)
    panels: list[tuple[str, Any, str | None]]
    if channels.mapped:
        panels = [("x strips", axis == 0, BLUE), ("y strips", axis == 1, ORANGE)]
    else:
        panels = [("strips", axis == UNMAPPED, None), ("vetoes", axis == VETO, None)]
    time = 1e-3 * config.sample_ns * np.arange(config.samples)
    for place, (title, chosen, color) in zip(line, panels, strict=False):
        for wave in samples[chosen]:
            place.plot(time, wave, lw=0.6, color=color)
        if channels.mapped and (axis == VETO).any():
            for wave in samples[axis == VETO]:
                place.plot(time, wave, lw=0.4, color="0.6")
        place.set_xlim(*_shown_us(config, row))
        place.set_xlabel("time (us)")
        place.set_ylabel(f"{title} (adu)")
    baseline = samples[:, slice(*config.baseline_range)].mean(axis=1)
    heights = samples[:, slice(*config.pulse_range)].max(axis=1, initial=0) - baseline
    if channels.mapped:
        _draw_heights(line[2], config, channels, axis, strip, heights, row)
    else:
        line[2].plot(ids, heights, "o", ms=3, color=BLUE)
        line[2].set_xlabel("channel")
        line[2].set_ylabel("height (adu)")


def _shown_us(config: MicromegasSettings, row: Any) -> tuple[float, float]:
    """Give the stretch about the strips' pulses, or the whole waveform where there is none."""
    end = config.samples * config.sample_ns
    middle, spread = float(row["strip_time_ns"]), float(row["time_spread_ns"])
    if not np.isfinite(middle):
        return 0.0, 1e-3 * end
    reach = _MARGIN_SAMPLES * config.sample_ns + 4.0 * spread
    return 1e-3 * max(middle - reach, 0.0), 1e-3 * min(middle + reach, end)


def _draw_heights(
    place: Any, config: MicromegasSettings, channels: Channels, axis: Any, strip: Any,
    heights: Any, row: Any,
) -> None:  # fmt: skip
    """Draw the heights of both axes over their strips; masked strips are shaded."""
    low, high = np.inf, -np.inf
    for number, (name, color) in enumerate((("x", BLUE), ("y", ORANGE))):
        table = channels.tables[number]
        mine = axis == number
        position = table[POSITION, strip[mine]]
        sign = 1 - 2 * number  # x upwards, y downwards
        place.bar(position, sign * heights[mine], config.pitch_mm, color=color, label=name)
        centre = row[f"{name}_mm"]
        place.plot([centre, centre], [0, sign * heights[mine].max(initial=1)], "k--", lw=0.8)
        low, high = min(low, centre), max(high, centre)
        top, bottom = (1.0, 0.5) if number == 0 else (0.5, 0.0)
        for dead in table[POSITION, table[DEAD] != 0]:
            edges = dead - 0.5 * config.pitch_mm, dead + 0.5 * config.pitch_mm
            place.axvspan(*edges, bottom, top, color="0.85", lw=0)
    reach = max(abs(value) for value in place.get_ylim())
    place.set_ylim(-reach, reach)
    place.axhline(0, color="black", lw=0.5)
    place.set_xlim(low - _MARGIN_MM, high + _MARGIN_MM)
    place.set_xlabel("x up, y down (mm)")
    place.set_ylabel("height (adu)")
