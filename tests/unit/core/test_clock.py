"""The clock of a run: copies, steps, leap seconds, and time counted once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from helioscope.core.clock import Clock
from helioscope.model.intervals import Intervals
from helioscope.model.quality import TIME_BACKWARDS, TIME_JUMP, TIME_REPEATED
from helioscope.model.time import NS_PER_S, parse_iso

FRAME = 10


def times(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def numbered(time_ns: NDArray[np.int64], first: int = 0) -> NDArray[np.int64]:
    return np.arange(first, first + time_ns.size, dtype=np.int64)


def test_frames_in_order_are_all_new_and_cover_their_length() -> None:
    found = Clock(FRAME).admit(numbered(times(0, 10, 25)), times(0, 10, 25))
    assert found.admitted.all()
    assert found.quality.tolist() == [0, 0, 0]
    assert found.covered_ns.tolist() == [10, 10, 10]


def test_a_frame_that_comes_twice_is_rejected_wherever_it_comes() -> None:
    clock = Clock(FRAME)
    clock.admit(times(0, 1), times(0, 10))
    found = clock.admit(times(2, 3, 4, 5), times(10, 20, 20, 0))
    assert found.admitted.tolist() == [False, True, False, False]
    assert found.covered_ns.sum() == 10


def test_events_of_a_coarse_clock_are_told_apart_by_their_number() -> None:
    clock = Clock(0)
    found = clock.admit(times(1, 2, 2, 3), times(100, 100, 100, 100))
    assert found.admitted.tolist() == [True, True, False, True]
    assert found.quality.tolist() == [0] + [TIME_REPEATED.mask] * 3


def test_a_clock_that_goes_back_is_flagged_and_adds_no_time_twice() -> None:
    found = Clock(FRAME).admit(numbered(times(0, 10, 5, 12, 20)), times(0, 10, 5, 12, 20))
    assert found.admitted.all()
    assert found.quality[2] == TIME_BACKWARDS.mask
    assert found.covered_ns.tolist() == [10, 10, 0, 2, 8]


def test_an_hour_lost_to_daylight_saving_is_flagged() -> None:
    hour = 3600 * NS_PER_S
    clock = Clock(NS_PER_S)
    start = np.arange(0, 5) * NS_PER_S
    clock.admit(numbered(start), start)
    forward = clock.admit(numbered(start, 5), start + hour + 5 * NS_PER_S)
    assert forward.quality[0] == TIME_JUMP.mask
    back = clock.admit(numbered(start, 10), start + NS_PER_S // 2)
    assert back.quality[0] == TIME_BACKWARDS.mask
    assert back.covered_ns.sum() == 0


@pytest.mark.parametrize(
    "day", ["2006-01-01", "2009-01-01", "2012-07-01", "2015-07-01", "2017-01-01"]
)
def test_a_leap_second_is_counted_and_not_taken_for_a_step_back(day: str) -> None:
    leap = parse_iso(f"{day}T00:00:00Z")
    before = leap + np.arange(-4, 4) * (NS_PER_S // 4)  # the last second of the day, and 23:59:60
    after = leap + np.arange(0, 4) * (NS_PER_S // 4)
    stream = np.concatenate((before, after))
    clock = Clock(NS_PER_S // 4)
    parts = [clock.admit(numbered(part, i * 4), part) for i, part in enumerate(np.split(stream, 3))]
    assert sum(int(part.covered_ns.sum()) for part in parts) == 3 * NS_PER_S
    assert all((part.quality & np.uint32(TIME_BACKWARDS.mask) == 0).all() for part in parts)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=40), st.integers(1, 39))
def test_covered_time_is_never_negative_nor_more_than_the_frames_cover_together(
    starts: list[int], border: int
) -> None:
    stream = times(*starts)
    whole = Clock(FRAME).admit(numbered(stream), stream)
    assert (whole.covered_ns >= 0).all()
    union = Intervals.of([(start, start + FRAME) for start in starts]).duration_ns()
    assert whole.covered_ns.sum() <= union
    if (np.diff(stream) >= 0).all():
        assert whole.covered_ns.sum() == union
    clock = Clock(FRAME)
    parts = [
        clock.admit(numbered(part, first), part)
        for first, part in ((0, stream[:border]), (len(stream[:border]), stream[border:]))
    ]
    for name in ("admitted", "quality", "covered_ns"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert np.array_equal(joined, getattr(whole, name)), name
