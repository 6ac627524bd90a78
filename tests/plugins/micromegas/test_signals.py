"""From waveforms to charges: REST's definitions on pulses worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from helioscope.api import PulseSearch, baselines, find_pulses
from helioscope_micromegas.signals import Signals, signals_of


def signal(shape: dict[int, int]) -> Signals:
    """Put samples on a baseline that flips between 99 and 101: mean 100, sigma 1."""
    wave = np.where(np.arange(512) % 2, 101, 99).astype(np.int16)
    for place, height in shape.items():
        wave[place] = 100 + height
    samples = wave[None, :]
    level = baselines(samples, 20, 150)
    assert level.mean_adu[0] == 100
    search = PulseSearch(
        20, 150, 150, 450, threshold_sigma=3.5, minimum_points=7, minimum_spread_sigma=3.5
    )
    return signals_of(find_pulses(samples, search, given=level), samples, level.mean_adu, 4095)


def ramp(at: int, heights: list[int]) -> dict[int, int]:
    return {at + index: height for index, height in enumerate(heights)}


def test_highest_sample_and_its_neighbours() -> None:
    found = signal(ramp(200, [10, 20, 40, 80, 60, 30, 15, 10]))
    assert found.good[0]
    assert found.charge_adu[0] == 40 + 80 + 60
    assert found.peak_sample[0] == 203


def test_six_points_are_no_pulse() -> None:
    assert not signal(ramp(200, [10, 20, 80, 60, 30, 10])).good[0]


def test_flat_step_is_no_pulse() -> None:
    assert not signal(ramp(200, [50] * 20)).good[0]


def test_outside_the_window_is_no_pulse() -> None:
    assert not signal(ramp(460, [10, 20, 40, 80, 60, 30, 15, 10])).good[0]


def test_maximum_at_the_end_of_the_window_counts_twice() -> None:
    """Only points over threshold in the window are hits; at the end the highest stands in."""
    found = signal(ramp(443, [10, 20, 30, 40, 50, 60, 80, 90, 95]))
    assert found.charge_adu[0] == 60 + 2 * 80


def test_second_pulse_wins_where_it_is_higher() -> None:
    small, high = [10, 20, 40, 50, 40, 20, 10], [10, 30, 60, 99, 60, 30, 10]
    found = signal(ramp(200, small) | ramp(300, high))
    assert found.peak_sample[0] == 303
    assert found.charge_adu[0] == 60 + 99 + 60


def test_saturated_channel_is_marked() -> None:
    heights = [500, 1500, 3000, 3995, 3995, 2000, 500]
    found = signal(ramp(200, heights))
    assert found.saturated[0]
    assert found.charge_adu[0] == pytest.approx(3000 + 3995 + 3995)
