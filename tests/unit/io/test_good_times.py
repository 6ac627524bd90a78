"""Good times: their sum is the live time, whatever the dead times; events stay within."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.io.fits_times import utc_to_tt
from helioscope.io.good_times import Tags, framed, shortened_list, triggered
from helioscope.model.intervals import Intervals
from helioscope.model.time import parse_iso

START = parse_iso("2004-05-01T05:00:00Z")
FRAME_NS = 71_800_000

dead_lists = st.lists(st.floats(0, 0.2) | st.just(0.0), min_size=1, max_size=30)


def require_good(start: np.ndarray, stop: np.ndarray, live_s: float) -> None:
    assert (stop > start).all()
    assert (start[1:] > stop[:-1]).all()
    assert int((stop - start).sum()) == pytest.approx(live_s * 1e9, abs=2)


@given(dead_lists, st.integers(0, 50))
def test_framed_good_times_sum_to_the_live_time(dead: list[float], pause: int) -> None:
    number = len(dead)
    times = START + FRAME_NS * np.arange(number) + pause * (np.arange(number) > number // 2)
    covered = np.full(number, FRAME_NS)
    start, stop = framed(times, covered, np.array(dead))
    elapsed_s = number * FRAME_NS / 1e9
    require_good(start, stop, max(elapsed_s - sum(dead), 0.0))
    assert Intervals(start, stop) - Intervals.joined(
        utc_to_tt(times), utc_to_tt(times) + covered
    ) == Intervals.of([])


@given(st.lists(st.floats(0, FRAME_NS / 1e9 - 1e-6), min_size=1, max_size=30))
def test_the_start_of_a_frame_is_good_where_not_all_of_it_is_dead(dead: list[float]) -> None:
    times = START + FRAME_NS * np.arange(len(dead))
    start, stop = framed(times, np.full(len(dead), FRAME_NS), np.array(dead))
    assert Intervals(start, stop).contains(utc_to_tt(times)).all()


@given(
    dead_lists,
    st.lists(st.integers(0, 9_999_999_999), min_size=30, max_size=30),
)
def test_triggered_good_times_sum_to_the_live_time(dead: list[float], places: list[int]) -> None:
    segments = Intervals.of([(START, START + 4 * 10**9), (START + 6 * 10**9, START + 10**10)])
    times = START + np.array(places[: len(dead)])
    inside = segments.contains(times)
    lost = np.array(dead)[inside]
    start, stop = triggered(segments, times[inside], lost)
    require_good(start, stop, max(8.0 - lost.sum(), 0.0))
    allowed = Intervals(utc_to_tt(segments.start_ns), utc_to_tt(segments.stop_ns))
    assert Intervals(start, stop) - allowed == Intervals.of([])


@given(
    st.lists(st.floats(0, 0.2) | st.just(0.0), min_size=0, max_size=30),
    st.lists(st.booleans(), min_size=30, max_size=30),
    st.booleans(),
)
def test_a_shortened_list_makes_the_same_good_times(
    dead: list[float], paused: list[bool], framewise: bool
) -> None:
    """Frames with pauses and dead time longer than a frame among them, and triggered events."""
    lost = np.array(dead)
    times = START + FRAME_NS * (np.arange(lost.size) + np.cumsum(paused[: lost.size]))
    times = times.astype(np.int64)
    if framewise:
        covered = np.full(lost.size, FRAME_NS)
        whole, short = framed(times, covered, lost), framed(*shortened_list(times, covered, lost))
    else:
        segments = Intervals.of([(START, START + 10**10)])
        whole = triggered(segments, times, lost)
        fewer, _, dead_s = shortened_list(times, np.zeros(lost.size, np.int64), lost)
        short = triggered(segments, fewer, dead_s)
    assert [edge.tolist() for edge in whole] == [edge.tolist() for edge in short]


def test_frames_without_dead_time_become_one() -> None:
    times = START + FRAME_NS * np.arange(1000)
    start, length, dead_s = shortened_list(times, np.full(1000, FRAME_NS), np.zeros(1000))
    assert (start.tolist(), length.tolist()) == ([START], [1000 * FRAME_NS])
    assert dead_s.tolist() == [0.0]


def test_dead_time_stands_behind_its_event() -> None:
    segments = Intervals.of([(START, START + 10**9)])
    start, stop = triggered(segments, np.array([START + 5 * 10**8]), np.array([0.1]))
    relative = [
        (a - int(utc_to_tt(np.array([START]))[0])) for a in (*stop.tolist(), *start.tolist())
    ]
    assert relative == [500_001_000, 10**9, 0, 600_001_000]


def test_a_leap_second_counts() -> None:
    """The last day of 2005 had 86401 seconds (IERS Bulletin C 30)."""
    day = Intervals.of([(parse_iso("2005-12-31T00:00:00Z"), parse_iso("2006-01-01T00:00:00Z"))])
    start, stop = triggered(day, np.zeros(0, np.int64), np.zeros(0))
    assert int((stop - start).sum()) == 86401 * 10**9


def test_nothing_covered_gives_no_good_time() -> None:
    none = np.zeros(0, np.int64)
    for start, stop in (
        framed(none, none, np.zeros(0)),
        triggered(Intervals.of([]), none, np.zeros(0)),
    ):
        assert start.size == stop.size == 0


def test_tags_come_back_from_a_lineage() -> None:
    labels = [["background", ""], ["tracking", ""], ["background", ""]]
    tags = Tags.of_lineage({"tags": {"edges_ns": [10, 20], "labels": labels}})
    assert tags.at(np.array([9, 10, 19, 20]), "tracking").tolist() == [False, True, True, False]
    assert tags.within(5, 30, "background").pairs() == [(5, 10), (20, 30)]
    assert tags.within(12, 30, "tracking").pairs() == [(12, 20)]
