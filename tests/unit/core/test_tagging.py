"""Tags of time and the live time shared out over them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from helioscope.core.events.live_time import LiveTime
from helioscope.core.events.tagging import PRIORITY, Tagging
from helioscope.model.intervals import Intervals
from helioscope.model.products import LIVE_TIME
from helioscope.model.schema import check
from helioscope.model.time import NS_PER_S, parse_iso

S = NS_PER_S
interval = st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from(PRIORITY)).map(
    lambda item: (min(item[:2]), max(item[:2]), item[2], "because" if item[2] == "excluded" else "")
)


@given(st.lists(interval, max_size=8), st.integers(-5, 60))
def test_an_instant_has_the_tag_of_the_strongest_interval_over_it(
    intervals: list[tuple[int, int, str, str]], instant: int
) -> None:
    tagging = Tagging.of(intervals, "background")
    over = [tag for start, stop, tag, _ in intervals if start <= instant < stop]
    expected = max(over, key=PRIORITY.index) if over else "background"
    assert tagging.tags_at(np.array([instant])).tolist() == [expected]


@given(st.lists(interval, max_size=8), st.integers(-5, 60), st.integers(0, 60))
def test_durations_by_tag_add_up_to_the_whole(
    intervals: list[tuple[int, int, str, str]], start: int, length: int
) -> None:
    tagging = Tagging.of(intervals, "background")
    shares = tagging.duration_ns(Intervals.of([(start, start + length)]))
    assert shares.sum() == length
    instants = np.arange(start, start + length)
    counted = np.bincount(tagging.labels_at(instants), minlength=len(tagging.labels))
    assert shares.tolist() == counted.tolist()


def test_the_live_time_of_frames_is_what_they_cover_less_what_they_cost() -> None:
    tagging = Tagging.of([(10 * S, 20 * S, "tracking", "")], "background")
    live = LiveTime(tagging)
    starts = np.arange(0, 30, 2) * S
    live.add(starts, np.full(15, 2 * S), np.full(15, 0.5))
    rows = live.rows("r1", "ccd", None)
    assert check(rows, LIVE_TIME) == []
    by_tag = {row["tag"]: row for row in rows.tolist()}
    assert by_tag["tracking"]["live_s"] == 7.5
    assert by_tag["background"]["elapsed_s"] == 20.0
    assert by_tag["background"]["dead_s"] == 5.0


def test_a_triggered_run_covers_its_span_with_a_leap_second_in_it() -> None:
    start = parse_iso("2016-12-31T23:00:00Z")
    stop = parse_iso("2017-01-01T01:00:00Z")
    live = LiveTime(Tagging.of([], "background"))
    rows = live.rows("r1", "tpc", Intervals.of([(start, stop)]))
    assert {row["tag"]: row["live_s"] for row in rows.tolist()} == {"background": 7201.0}


def test_a_triggered_run_without_times_in_the_book_lasts_from_its_first_event_to_its_last() -> None:
    live = LiveTime(Tagging.of([], "background"))
    nothing = np.zeros(0, np.int64)
    for batch in ([30, 20], [10, 70], [], [25, 60]):
        times = np.array(batch, np.int64) * S
        live.add(times, np.zeros_like(times), np.zeros(times.size))
    rows = live.rows("r1", "tpc", Intervals.of([])).tolist()
    assert [(row["elapsed_s"], row["live_s"]) for row in rows] == [(60.0, 60.0)]
    empty = LiveTime(Tagging.of([], "background"))
    empty.add(nothing, nothing, np.zeros(0))
    (row,) = empty.rows("r1", "tpc", Intervals.of([])).tolist()
    assert row["elapsed_s"] == 0.0


def test_a_label_has_one_row_however_often_it_occurs() -> None:
    intervals = [
        (0, S, "tracking", ""), (5 * S, 6 * S, "tracking", ""), (8 * S, 9 * S, "background", ""),
        (20 * S, 30 * S, "excluded", "after the run"),
    ]  # fmt: skip
    live = LiveTime(Tagging.of(intervals, "background"))
    rows = live.rows("r1", "tpc", Intervals.of([(0, 10 * S)])).tolist()
    assert [(row["tag"], row["live_s"]) for row in rows] == [("background", 8.0), ("tracking", 2.0)]


def test_dead_time_beyond_the_elapsed_leaves_no_negative_live_time() -> None:
    live = LiveTime(Tagging.of([], "background"))
    live.add(np.array([0]), np.array([S]), np.array([5.0]))
    (row,) = live.rows("r1", "ccd", None).tolist()
    assert (row["live_s"], row["dead_s"]) == (0.0, 1.0)


def test_a_run_without_events_has_an_exposure_of_zero() -> None:
    live = LiveTime(Tagging.of([(0, S, "tracking", "")], "background"))
    rows = live.rows("r1", "ccd", None).tolist()
    assert {row["tag"]: row["live_s"] for row in rows} == {"background": 0.0, "tracking": 0.0}


def test_each_reason_of_exclusion_has_its_own_row() -> None:
    tagging = Tagging.of(
        [(0, S, "excluded", "moving"), (S, 3 * S, "excluded", "no log")], "background"
    )
    rows = LiveTime(tagging).rows("r1", "tpc", Intervals.of([(0, 10 * S)])).tolist()
    excluded = {row["reason"]: row["elapsed_s"] for row in rows if row["tag"] == "excluded"}
    assert excluded == {"moving": 1.0, "no log": 2.0}


@given(st.lists(interval, max_size=5), st.integers(0, 40), st.integers(1, 20), st.integers(-5, 70))
def test_a_stretch_that_is_excluded_later_wins_over_all_but_other_exclusions(
    intervals: list[tuple[int, int, str, str]], start: int, length: int, instant: int
) -> None:
    before = Tagging.of(intervals, "background")
    after = before.excluding(start, start + length, "overlap")
    (old,), (new,) = (
        [tagging.labels[i] for i in tagging.labels_at(np.array([instant]))]
        for tagging in (before, after)
    )
    inside = start <= instant < start + length
    assert new == (("excluded", "overlap") if inside and old[0] != "excluded" else old)
