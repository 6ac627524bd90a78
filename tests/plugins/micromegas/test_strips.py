"""Clusters, matching and shapes of strips: what must hold whatever the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helioscope_micromegas import strip_columns
from helioscope_micromegas.strips import AxisHits, Matching, Observed, axis_table, observe

PITCH = 0.35
STRIPS = 64
MATCHING = Matching(gap_strips=1, balance=0.5, time_ns=500.0, saturation_adu=4000.0)


def table(dead: tuple[int, ...] = (), threshold: float = 5.0) -> np.ndarray:
    position = (np.arange(STRIPS) - 31.5) * PITCH
    gone = np.isin(np.arange(STRIPS), dead)
    zero = np.zeros(STRIPS)
    return axis_table(position, zero, np.full(STRIPS, threshold), np.ones(STRIPS), gone)


def hits(*events: dict[int, float], times: dict[int, float] | None = None) -> AxisHits:
    counts = [len(event) for event in events]
    strip = [strip for event in events for strip in event]
    charge = [value for event in events for value in event.values()]
    time = [times[number] for number in strip] if times is not None else []
    return AxisHits(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        np.array(strip, np.int32),
        np.array(charge, np.float32),
        np.array(time, np.float32),
    )


def seen(x: AxisHits, y: AxisHits, dead: tuple[int, ...] = ()) -> Observed:
    return observe(x, y, table(dead), table(), MATCHING)


events = st.dictionaries(st.integers(2, 50), st.floats(6.0, 500.0, width=32), max_size=12)


@given(event=events, shift=st.integers(1, 10))
@settings(max_examples=60)
def test_moving_all_strips_moves_the_place_and_nothing_else(
    event: dict[int, float], shift: int
) -> None:
    y = hits({20: 100.0})
    here = seen(hits(event), y)
    there = seen(hits({strip + shift: value for strip, value in event.items()}), y)
    if event:
        moved = there.axes[0, 0, strip_columns.MEAN] - here.axes[0, 0, strip_columns.MEAN]
        assert moved == pytest.approx(shift * PITCH, abs=1e-4)
    for column in (strip_columns.TOTAL, strip_columns.SIGMA, strip_columns.FRACTION):
        assert there.axes[0, 0, column] == pytest.approx(
            here.axes[0, 0, column], rel=1e-4, abs=1e-5
        )
    assert (there.counts == here.counts).all()


@given(event=events)
@settings(max_examples=60)
def test_charge_adds_up_and_order_does_not_matter(event: dict[int, float]) -> None:
    y = hits({})
    ordered = seen(hits(dict(sorted(event.items()))), y)
    reverse = seen(hits(dict(sorted(event.items(), reverse=True))), y)
    assert ordered.axes[0, 0, strip_columns.TOTAL] == pytest.approx(sum(event.values()), rel=1e-5)
    assert np.array_equal(ordered.axes, reverse.axes)
    assert ordered.hits[0] == len(event)


@given(event=events)
@settings(max_examples=60)
def test_mirror_turns_skewness_and_keeps_kurtosis(event: dict[int, float]) -> None:
    y = hits({})
    left = seen(hits(event), y)
    right = seen(hits({STRIPS - 1 - strip: value for strip, value in event.items()}), y)
    assert right.axes[0, 0, strip_columns.SKEW] == pytest.approx(
        -left.axes[0, 0, strip_columns.SKEW], abs=2e-3
    )
    kurtosis = left.axes[0, 0, strip_columns.KURTOSIS]
    assert right.axes[0, 0, strip_columns.KURTOSIS] == pytest.approx(kurtosis, rel=1e-3, abs=2e-3)


def test_shape_of_a_known_distribution() -> None:
    """Charges 1:2:1 have variance pitch^2 / 2, no skewness and an excess kurtosis of -1."""
    result = seen(hits({10: 10.0, 11: 20.0, 12: 10.0}), hits({}))
    axis = result.axes[0, 0]
    assert axis[strip_columns.SIGMA] == pytest.approx(PITCH * np.sqrt(0.5), rel=1e-5)
    assert axis[strip_columns.SKEW] == pytest.approx(0, abs=1e-5)
    assert axis[strip_columns.KURTOSIS] == pytest.approx(-1, abs=1e-5)


@pytest.mark.parametrize(
    ("strips", "dead", "clusters"),
    [
        ((10, 11), (), 1),
        ((10, 12), (), 1),  # one silent strip is bridged
        ((10, 13), (), 2),
        ((10, 13), (11,), 1),  # a dead strip is no gap
        ((10, 14), (11, 12), 1),
        ((10, 14), (11,), 2),
    ],
)
def test_gaps_count_live_strips_only(
    strips: tuple[int, ...], dead: tuple[int, ...], clusters: int
) -> None:
    result = seen(hits(dict.fromkeys(strips, 50.0)), hits({20: 90.0}), dead)
    assert result.counts[0, 0, 1] == clusters
    near_dead = bool(result.bits[0] & strip_columns.BAD_NEIGHBOUR)
    assert near_dead is bool(dead)


def test_pair_that_agrees_in_charge_is_the_main_one() -> None:
    x = hits({5: 1000.0, 30: 200.0})
    result = seen(x, hits({40: 210.0}))
    assert result.axes[0, 0, strip_columns.CENTRE] == pytest.approx((30 - 31.5) * PITCH, rel=1e-5)
    assert not result.bits[0] & strip_columns.MISMATCHED
    alone = seen(hits({5: 1000.0}), hits({40: 100.0}))
    assert alone.bits[0] & strip_columns.MISMATCHED


def test_pair_that_agrees_in_time_is_the_main_one() -> None:
    x = hits({5: 300.0, 30: 250.0}, times={5: 9000.0, 30: 1000.0})
    y = hits({40: 260.0}, times={40: 1100.0})
    result = seen(x, y)
    assert result.axes[0, 0, strip_columns.CENTRE] == pytest.approx((30 - 31.5) * PITCH, rel=1e-5)
    assert result.times[0, strip_columns.TIME_MEAN] == pytest.approx(
        (300 * 9000 + 250 * 1000 + 260 * 1100) / 810, rel=1e-5
    )


def test_two_partners_of_like_charge_are_ambiguous() -> None:
    result = seen(hits({5: 300.0, 30: 295.0}), hits({40: 310.0}))
    assert result.bits[0] & strip_columns.AMBIGUOUS


@pytest.mark.parametrize(
    ("charge", "bit"),
    [
        (np.nan, strip_columns.NOT_FINITE),
        (np.inf, strip_columns.NOT_FINITE),
        (4000.0, strip_columns.SATURATED),
        (-40.0, strip_columns.NEGATIVE),
    ],
)
def test_bad_charges_set_a_bit_and_leave_the_rest(charge: float, bit: int) -> None:
    result = seen(hits({10: 100.0, 30: charge}, {10: 100.0}), hits({20: 90.0}, {20: 90.0}))
    assert result.bits[0] & bit
    assert not result.bits[1]
    assert np.isfinite(result.axes).all()


def test_strip_beyond_the_plane_is_flagged_and_left_out() -> None:
    result = seen(hits({10: 100.0, STRIPS: 50.0}), hits({-1: 50.0}))
    assert result.bits[0] & strip_columns.UNMAPPED
    assert result.axes[0, 0, strip_columns.TOTAL] == pytest.approx(100.0)
    assert result.axes[0, 1, strip_columns.TOTAL] == 0


def test_outermost_strip_is_the_edge() -> None:
    assert seen(hits({0: 50.0}), hits({20: 50.0})).bits[0] & strip_columns.EDGE
    assert not seen(hits({1: 50.0}), hits({20: 50.0})).bits[0] & strip_columns.EDGE


def test_more_strips_than_an_event_can_have_do_no_harm() -> None:
    many = AxisHits(
        np.array([0, 5000], np.int64), np.full(5000, 7, np.int32),
        np.full(5000, 10, np.float32), np.empty(0, np.float32),
    )  # fmt: skip
    assert np.isfinite(seen(many, hits({20: 50.0})).axes).all()
