"""The algebra of intervals, against sets of whole seconds, which share no code with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.model.intervals import Intervals
from helioscope.model.time import NS_PER_S, parse_iso

Pairs = list[tuple[int, int]]
pairs = st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), max_size=8)


def instants(from_pairs: Pairs) -> set[int]:
    return {t for start, stop in from_pairs for t in range(start, stop)}


def canonical(found: Intervals) -> set[int]:
    """The instants of a set, after a look at its form: sorted, disjoint, not touching."""
    assert (found.stop_ns > found.start_ns).all()
    assert (found.start_ns[1:] > found.stop_ns[:-1]).all()
    assert found.start_ns.dtype == found.stop_ns.dtype == np.int64
    return instants(found.pairs())


@given(pairs)
def test_building(a: Pairs) -> None:
    assert canonical(Intervals.of(a)) == instants(a)


@given(pairs, pairs)
def test_union_intersection_difference(a: Pairs, b: Pairs) -> None:
    one, two = Intervals.of(a), Intervals.of(b)
    assert canonical(one | two) == instants(a) | instants(b)
    assert canonical(one & two) == instants(a) & instants(b)
    assert canonical(one - two) == instants(a) - instants(b)


@given(pairs, pairs, pairs)
def test_the_laws_of_sets(a: Pairs, b: Pairs, c: Pairs) -> None:
    one, two, three = Intervals.of(a), Intervals.of(b), Intervals.of(c)
    assert one & (two | three) == (one & two) | (one & three)
    assert one - (two | three) == (one - two) - three
    assert (one - two) | (one & two) == one
    assert not len((one - two) & two)


@given(pairs, st.integers(-50, 50), st.integers(-50, 50))
def test_clipping(a: Pairs, start: int, stop: int) -> None:
    assert canonical(Intervals.of(a).clipped(start, stop)) == instants(a) & set(range(start, stop))


@given(pairs)
def test_containing(a: Pairs) -> None:
    asked = np.arange(-45, 45)
    assert Intervals.of(a).contains(asked).tolist() == [t in instants(a) for t in asked.tolist()]


@given(pairs)
def test_equality_is_that_of_the_instants(a: Pairs) -> None:
    one = Intervals.of(a)
    assert one == Intervals.of(one.pairs()[::-1])
    assert (one == Intervals.of([*one.pairs(), (100, 101)])) is False
    assert one != "intervals"
    with pytest.raises(TypeError):
        hash(one)


@given(pairs)
def test_durations_count_each_instant_once(a: Pairs) -> None:
    """Far from a leap second the duration is the number of instants."""
    origin = 10**18
    moved = [(start + origin, stop + origin) for start, stop in a]
    assert Intervals.of(moved).duration_ns() == len(instants(a))


@pytest.mark.parametrize("day", ["2006-01-01", "2009-01-01", "2012-07-01", "2015-07-01",
                                 "2017-01-01"])  # fmt: skip
def test_durations_hold_their_leap_second(day: str) -> None:
    leap = parse_iso(f"{day}T00:00:00Z")
    minute = 60 * NS_PER_S
    assert Intervals.of([(leap - minute, leap + minute)]).duration_ns() == 121 * NS_PER_S
    assert Intervals.of([(leap, leap + minute)]).duration_ns() == minute
    assert Intervals.of([(leap - minute, leap)]).duration_ns() == minute + NS_PER_S
    # two runs that overlap on it hold it once
    twice = Intervals.of([(leap - minute, leap + minute), (leap - 5, leap + 5)])
    assert twice.duration_ns() == 121 * NS_PER_S


def test_times_near_the_ends_of_int64_are_exact() -> None:
    big = 2**62
    one = Intervals.of([(big, big + 1), (-big, -big + 3)])
    assert one.pairs() == [(-big, -big + 3), (big, big + 1)]
    assert (one - Intervals.of([(-big + 1, big)])).pairs() == [(-big, -big + 1), (big, big + 1)]


def test_the_empty_set() -> None:
    nothing = Intervals.of([])
    assert len(nothing) == 0
    assert nothing.duration_ns() == 0
    assert (nothing | nothing) == (nothing & nothing) == (nothing - nothing) == nothing
    assert not nothing.contains(np.array([0, 1])).any()
