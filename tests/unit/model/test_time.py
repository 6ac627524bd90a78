"""Times and durations, against atomic time as astropy has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.model.time import (
    LEAP_DAYS,
    NS_PER_S,
    elapsed_ns,
    iso,
    iso_parts,
    leap_times_ns,
    parse_iso,
    tai_ns,
)

FROM, TO = parse_iso("1973-01-01T00:00:00Z"), parse_iso("2027-01-01T00:00:00Z")
times = st.integers(FROM, TO)


@given(times)
def test_iso_text_comes_back(time_ns: int) -> None:
    assert parse_iso(iso(time_ns)) == time_ns


@given(times, st.integers(-14 * 60, 14 * 60))
def test_an_offset_from_utc_is_taken_off(time_ns: int, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    second = time_ns // NS_PER_S
    text = datetime.fromtimestamp(second, zone).isoformat()
    assert parse_iso(text) == second * NS_PER_S


@given(times, times, times)
def test_durations_add_up(a: int, b: int, c: int) -> None:
    a, b, c = sorted((a, b, c))
    first, second, whole = elapsed_ns(np.array([a, b, a]), np.array([b, c, c])).tolist()
    assert first + second == whole >= c - a


@given(st.lists(times, min_size=1, max_size=20))
def test_durations_are_differences_of_atomic_time(some: list[int]) -> None:
    start = np.array(some)
    stop = start + 86_400 * NS_PER_S
    assert np.array_equal(elapsed_ns(start, stop), tai_ns(stop) - tai_ns(start))


def test_atomic_time_agrees_with_astropy() -> None:
    from astropy.time import Time

    seconds = leap_times_ns() // NS_PER_S
    asked = np.concatenate((seconds - 2, seconds - 1, seconds, seconds + 1, seconds + 10**6))
    texts = [datetime.fromtimestamp(s, UTC).strftime("%Y-%m-%d %H:%M:%S") for s in asked]
    theirs = Time(texts, scale="utc").tai
    origin = Time("1970-01-01 00:00:00", scale="tai")
    ours = tai_ns(asked * NS_PER_S) / NS_PER_S
    assert np.abs(ours - (theirs - origin).sec).max() < 1e-3


@pytest.mark.parametrize("day", LEAP_DAYS)
def test_a_second_sixty_is_the_time_of_the_second_after_it(day: str) -> None:
    leap = parse_iso(f"{day}T00:00:00Z")
    before = datetime.fromtimestamp(leap // NS_PER_S - 1, UTC)
    assert parse_iso(f"{before:%Y-%m-%dT%H:%M}:60Z") == leap
    assert parse_iso(f"{before:%Y-%m-%dT%H:%M}:60.25Z") == leap + NS_PER_S // 4


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [("2004-05-01T05:00:00.5Z", 500_000_000), ("2004-05-01T05:00:00.123456789123Z", 123_456_789)],
)
def test_decimals(text: str, nanoseconds: int) -> None:
    assert parse_iso(text) == parse_iso("2004-05-01T05:00:00Z") + nanoseconds


@pytest.mark.parametrize(
    "text",
    ["2004-05-01T05:00:00", "yesterday", "", "2004-05-01T05:00:00.Z", "2004-13-01T00:00:00Z"],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_iso(text)


def test_a_time_without_offset_keeps_its_parts() -> None:
    moment, nanoseconds = iso_parts("2004-05-01 05:00:00.25")
    assert moment.tzinfo is None
    assert (moment.hour, nanoseconds) == (5, 250_000_000)


@pytest.mark.parametrize("text", ["1677-01-01T00:00:00Z", "2263-01-01T00:00:00Z"])
def test_a_time_that_64_bits_do_not_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="between the years"):
        parse_iso(text)
