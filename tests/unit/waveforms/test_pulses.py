"""The pulse finder, against pulses of known shape and a plain search."""

from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from helioscope.api import Baselines, PulseSearch, find_pulses

LEVEL = 100


def triangle(
    length: int = 120, peak: int = 60, height: int = 100, rise: int = 10, fall: int = 20
) -> Any:
    """A triangle on a level: every figure of it can be told by hand."""
    time = np.arange(length, dtype=np.float64)
    up = np.clip((time - (peak - rise)) / rise, 0, 1)
    down = np.clip(((peak + fall) - time) / fall, 0, 1)
    return np.round(LEVEL + height * np.minimum(up, down)).astype(np.int16)


def plain_runs(waveform: Any, limit: int, minimum: int) -> list[tuple[int, int, int, int]]:
    """Runs over a limit by itertools: (left, right, largest, sum)."""
    found, place = [], 0
    for over, run in groupby(waveform.tolist(), lambda value: value > limit):
        values = list(run)
        if over and len(values) >= minimum:
            found.append((place, place + len(values), max(values), sum(values)))
        place += len(values)
    return found


def test_a_triangle_is_measured_as_drawn() -> None:
    pulses = find_pulses(triangle()[None], PulseSearch(baseline_stop=40, threshold_adu=4.5))
    assert len(pulses) == 1
    assert pulses.peak[0] == 60
    assert pulses.amplitude_adu[0] == 100
    assert pulses.three_point_adu[0] == 100 + 90 + 95
    assert pulses.time_samples[0] == pytest.approx(55)
    assert pulses.rise_samples[0] == pytest.approx(8)
    assert pulses.width_samples[0] == pytest.approx(15)
    assert pulses.charge_adu[0] == pytest.approx(100 * (10 + 20) / 2)
    assert pulses.peak_adu[0] == 100


def test_time_follows_the_chosen_fraction() -> None:
    for fraction in (0.1, 0.3, 0.7):
        search = PulseSearch(threshold_adu=4.5, fraction=fraction)
        time = find_pulses(triangle()[None], search).time_samples
        assert time[0] == pytest.approx(50 + 10 * fraction, abs=1e-4)


@given(
    hnp.arrays(np.int16, (4, 60), elements=st.integers(-300, 300)),
    st.integers(0, 250),
    st.integers(1, 4),
)
def test_finds_the_runs_that_a_plain_search_finds(
    samples: Any, threshold: int, minimum: int
) -> None:
    given_levels = Baselines(np.full(4, 0.0), np.full(4, 1.0))
    search = PulseSearch(threshold_sigma=0, threshold_adu=threshold, minimum_points=minimum)
    pulses = find_pulses(samples, search, given=given_levels)
    found = list(
        zip(pulses.waveform, pulses.left, pulses.right, pulses.amplitude_adu, pulses.charge_adu,
            strict=True)
    )  # fmt: skip
    expected = [
        (index, *run)
        for index, waveform in enumerate(samples)
        for run in plain_runs(waveform, threshold, minimum)
    ]
    assert found == expected


@given(
    hnp.arrays(np.int16, (3, 80), elements=st.integers(-200, 900)),
    st.integers(-5000, 5000),
    st.floats(0, 0.9),
)
def test_a_shift_of_the_level_changes_nothing(samples: Any, shift: int, split: float) -> None:
    search = PulseSearch(
        baseline_stop=16, threshold_sigma=1, split_fraction=split, margin_after=3, margin_before=2
    )
    first = find_pulses(samples, search)
    moved = find_pulses((samples + shift).astype(np.int16), search)
    for name in ("waveform", "left", "right", "peak"):
        np.testing.assert_array_equal(getattr(first, name), getattr(moved, name))
    for name in ("amplitude_adu", "charge_adu", "width_samples", "time_samples"):
        np.testing.assert_allclose(getattr(first, name), getattr(moved, name), rtol=1e-3, atol=1e-2)


@given(hnp.arrays(np.int16, (3, 80)), st.floats(0, 0.9))
def test_pulses_upside_down_measure_the_same(samples: Any, split: float) -> None:
    up = find_pulses(
        samples, PulseSearch(baseline_stop=16, threshold_sigma=1, split_fraction=split)
    )
    down = find_pulses(
        np.invert(samples),
        PulseSearch(baseline_stop=16, threshold_sigma=1, split_fraction=split, negative=True),
    )
    assert len(up) == len(down)
    np.testing.assert_array_equal(up.left, down.left)
    np.testing.assert_array_equal(up.peak, down.peak)
    np.testing.assert_allclose(up.charge_adu, down.charge_adu, rtol=1e-6)
    np.testing.assert_allclose(down.baselines.mean_adu, -up.baselines.mean_adu - 1)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 90), min_size=1, max_size=30), st.integers(0, 2**31))
def test_jagged_waveforms_are_searched_each_by_itself(lengths: list[int], seed: int) -> None:
    flat = np.random.default_rng(seed).integers(-50, 500, sum(lengths)).astype(np.int16)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    search = PulseSearch(baseline_stop=8, threshold_sigma=1, margin_before=4, margin_after=4)
    together = find_pulses(flat, search, offsets=offsets)
    for index, (lo, hi) in enumerate(pairwise(offsets)):
        alone = find_pulses(flat[None, lo:hi], search)
        mine = together.waveform == index
        np.testing.assert_array_equal(together.left[mine], alone.left)
        np.testing.assert_array_equal(together.charge_adu[mine], alone.charge_adu)
        np.testing.assert_array_equal(together.width_samples[mine], alone.width_samples)


def test_more_pulses_than_the_first_buffers_hold_are_all_found() -> None:
    comb = np.tile(np.array([0, 100], np.int16), 5000)[None]
    search = PulseSearch(baseline_stop=1, threshold_adu=50)
    pulses = find_pulses(np.repeat(comb, 3, axis=0), search)
    assert len(pulses) == 15000
    assert np.bincount(pulses.waveform).tolist() == [5000] * 3


def test_two_overlapping_pulses_are_split_at_the_valley() -> None:
    both = np.maximum(triangle(peak=50), triangle(peak=75))
    whole = find_pulses(both[None], PulseSearch(threshold_adu=4.5))
    split = find_pulses(both[None], PulseSearch(threshold_adu=4.5, split_fraction=0.6))
    assert len(whole) == 1
    assert split.peak.tolist() == [50, 75]
    assert split.right[0] == split.left[1]
    assert split.left[1] in (66, 67)
    assert split.charge_adu.sum() == pytest.approx(whole.charge_adu.sum())


def test_a_valley_of_noise_splits_nothing() -> None:
    rng = np.random.default_rng(5)
    noisy = triangle() + np.round(rng.normal(0, 3, (200, 120))).astype(np.int16)
    whole = find_pulses(noisy, PulseSearch(threshold_sigma=7))
    split = find_pulses(noisy, PulseSearch(threshold_sigma=7, split_fraction=0.9))
    np.testing.assert_array_equal(split.left, whole.left)


def test_a_flat_step_is_refused_by_its_spread_and_a_pulse_is_not() -> None:
    rng = np.random.default_rng(6)
    waveforms = np.tile(rng.integers(LEVEL - 2, LEVEL + 3, 120).astype(np.int16), (2, 1))
    waveforms[0, 60:75] += 40
    waveforms[1, 60:75] += triangle(15, 5, 60, 5, 9) - LEVEL
    pulses = find_pulses(waveforms, PulseSearch(threshold_sigma=5, minimum_spread_sigma=3))
    assert pulses.waveform.tolist() == [1]


def test_margins_stop_at_the_neighbouring_run_and_at_the_end() -> None:
    waveform = np.full((1, 60), LEVEL, np.int16)
    waveform[0, [45, 50, 59]] += 100
    search = PulseSearch(threshold_adu=30, margin_before=8, margin_after=20)
    waveform[0, [46, 49]] += 10
    pulses = find_pulses(waveform, search)
    assert pulses.charge_adu.tolist() == [120, 120, 100]


def test_the_search_window_holds_pulses_in_and_keeps_others_out() -> None:
    waveform = np.concatenate((triangle(), triangle()))[None]
    inside = find_pulses(waveform, PulseSearch(threshold_adu=5, search_start=100, search_stop=210))
    assert inside.peak.tolist() == [180]


@pytest.mark.parametrize("bad", [(np.nan, 1.0), (100.0, np.nan), (np.inf, 1.0)])
def test_a_level_that_is_not_finite_gives_no_pulse(bad: Any) -> None:
    levels = Baselines(np.array([bad[0], LEVEL]), np.array([bad[1], 1.0]))
    pulses = find_pulses(np.stack([triangle()] * 2), PulseSearch(), given=levels)
    assert pulses.waveform.tolist() == [1]


def test_given_levels_must_be_as_many_as_the_waveforms() -> None:
    with pytest.raises(ValueError, match="3 baselines given for 2"):
        find_pulses(
            np.zeros((2, 60), np.int16), PulseSearch(), given=Baselines(np.zeros(3), np.ones(3))
        )


def test_no_waveforms_give_no_pulses() -> None:
    assert len(find_pulses(np.zeros((0, 60), np.int16), PulseSearch())) == 0


def test_the_input_is_left_alone_and_may_be_read_only() -> None:
    samples = np.stack([triangle()] * 3)
    before = samples.copy()
    samples.flags.writeable = False
    find_pulses(samples, PulseSearch(negative=True))
    find_pulses(samples, PulseSearch())
    np.testing.assert_array_equal(samples, before)
