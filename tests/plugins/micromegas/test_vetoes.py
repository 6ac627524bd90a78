"""Vetoes: amplitude and time on waveforms drawn by hand."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from helioscope.api import Run, Setup, quality
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.settings import MicromegasSettings


def waveform(peaks: dict[int, int]) -> list[int]:
    """Level 300, a triangle of half width 8 samples at each place."""
    wave = np.full(512, 300)
    for place, height in peaks.items():
        distance = np.abs(np.arange(512) - place)
        wave += np.maximum(height - height * distance // 8, 0)
    return [int(value) for value in wave]


def rows(*events: dict[int, list[int]], **settings: object) -> ak.Array:
    """Reconstruct events of veto channels 7 and 9, with a row for each."""
    config = MicromegasSettings(
        readout="waveforms", minimum_good_signals=0, veto_channels=(7, 9), **settings
    )
    flat = np.array([wave for event in events for wave in event.values()], np.int16)
    counts = [len(event) for event in events]
    signals = ak.unflatten(ak.from_regular(ak.from_numpy(flat.reshape(-1, 512)), 0), counts)
    ids = ak.values_astype(ak.Array([list(event) for event in events]), np.int32)
    numbers = np.arange(len(events))
    raw = ak.Array(
        {"event_id": numbers, "time_ns": numbers * 1000, "signal_id": ids, "signal_adu": signals}
    )
    setup = Setup("micromegas", Run("r", "science"), config, {})
    return DETECTOR.reconstruction(setup)(raw).observables


def coincidence(found: ak.Array) -> list[bool]:
    return ((np.asarray(found["quality"]) & quality.COINCIDENCE.mask) != 0).tolist()


EARLY_AND_LATE = {7: waveform({10: 900, 250: 500}), 9: waveform({300: 350})}


def test_highest_peak_in_the_range_of_the_strips_by_default() -> None:
    found = rows(EARLY_AND_LATE)
    assert found["veto_adu"].to_list() == [[500, 350]]
    assert found["veto_amplitude_adu"].to_list() == [500]
    assert found["veto_time_ns"].to_list() == [250 * 80]


def test_range_of_its_own_finds_a_prompt_veto() -> None:
    found = rows(EARLY_AND_LATE, veto_range=(5, 507))
    assert found["veto_adu"].to_list() == [[900, 350]]
    assert found["veto_peak_ns"].to_list() == [[10 * 80, 300 * 80]]
    assert found["veto_time_ns"].to_list() == [10 * 80]


def test_veto_below_its_threshold_has_an_amplitude_but_no_time() -> None:
    found = rows({7: waveform({200: 199})}, {7: waveform({200: 201})}, {9: waveform({})})
    assert found["veto_amplitude_adu"].to_list() == [199, 201, 0]
    assert np.isnan(found["veto_time_ns"]).to_list() == [True, False, True]
    assert coincidence(found) == [False, True, False]


@pytest.mark.parametrize(
    ("window_ns", "hit"),
    [
        ((20_000.0, 20_001.0), True),  # the larger veto
        ((24_000.0, 30_000.0), True),  # the smaller one, over threshold as well
        ((0.0, 19_999.0), False),
        ((20_001.0, 24_000.0), False),
    ],
)
def test_time_window_decides_about_the_coincidence_alone(
    window_ns: tuple[float, float], hit: bool
) -> None:
    found = rows(EARLY_AND_LATE, veto_time_window_ns=window_ns)
    assert coincidence(found) == [hit]
    assert found["veto_amplitude_adu"].to_list() == [500]
    assert found["veto_time_ns"].to_list() == [20_000]
