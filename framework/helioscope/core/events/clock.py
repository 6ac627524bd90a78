"""The clock of a run: which events are new, and what their timestamps are worth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.model.quality import TIME_BACKWARDS, TIME_JUMP, TIME_REPEATED
from helioscope.model.time import NS_PER_S, leap_times_ns

#: A pause longer than this is flagged: a clock that was set, or a data taking that stopped.
JUMP_NS = 1800 * NS_PER_S
#: Keys of at least three quarters of so many past events are kept, to recognise one that comes
#: twice (64 MB).
REMEMBERED = 1 << 23


class Admission(NamedTuple):
    """What the clock says of one batch.

    Attributes
    ----------
    admitted
        bool per event: False for an event that was there before.
    quality
        uint32 per event: the time bits.
    covered_ns
        int64 per event: how much of the frame lies beyond all time counted before.
    """

    admitted: NDArray[np.bool_]
    quality: NDArray[np.uint32]
    covered_ns: NDArray[np.int64]


class Clock:
    """Follows the events of one run through its batches.

    Order is kept; nothing is sorted. Time is counted once: a frame adds what reaches beyond
    the latest instant covered so far, and nothing where the clock went back. The one legal
    step back, of a second at a leap second, is taken as what it is.

    Parameters
    ----------
    frame_ns
        What one frame covers; 0 for a triggered detector.
    """

    def __init__(self, frame_ns: int) -> None:
        self.frame_ns = frame_ns
        self.covered_until_ns: int | None = None
        self._last_ns: int | None = None
        self._known: list[NDArray[np.int64]] = []
        self._stepped = False

    def admit(self, event_id: NDArray[np.int64], time_ns: NDArray[np.int64]) -> Admission:
        """Judge the next batch of the run.

        Parameters
        ----------
        event_id, time_ns
            int64 columns of the raw batch.
        """
        count = time_ns.size
        if not count:
            return Admission(np.ones(0, bool), np.zeros(0, np.uint32), np.zeros(0, np.int64))
        # A frame is known by its time; events of coarse clocks also by their number.
        keys = time_ns if self.frame_ns else time_ns ^ (event_id * np.int64(-7046029254386353131))
        keys = keys ^ self._second_pass(time_ns)
        late = self._late(time_ns)
        admitted = self._first_time(keys) if late else np.ones(count, bool)
        self._remember(keys[admitted])
        quality = self._time_bits(time_ns)
        covered = self._cover(time_ns, admitted)
        return Admission(admitted, quality, covered)

    def _second_pass(self, time_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Mark the second of two passes through the POSIX second that a leap second repeats."""
        marks = np.zeros(time_ns.size, np.int64)
        inside = _repeats(time_ns)
        if not inside.any():
            self._stepped = False
            return marks
        last = self._last_ns
        for index, (now, repeats) in enumerate(zip(time_ns.tolist(), inside.tolist(), strict=True)):
            if not repeats:
                self._stepped = False
            elif last is not None and now < last:
                self._stepped = True
            marks[index] = self._stepped << 62
            last = now
        return marks

    def _late(self, time_ns: NDArray[np.int64]) -> bool:
        """Say whether an event is not later than all before it: only then can it be a copy."""
        if self.covered_until_ns is not None:
            latest = self.covered_until_ns - self.frame_ns
            if int(time_ns[0]) <= latest:
                return True
        return bool((time_ns[1:] <= time_ns[:-1]).any())

    def _first_time(self, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
        fresh = np.zeros(keys.size, bool)
        fresh[np.unique(keys, return_index=True)[1]] = True
        for known in self._known:
            places = np.minimum(np.searchsorted(known, keys), known.size - 1)
            fresh &= known[places] != keys
        return fresh

    def _remember(self, keys: NDArray[np.int64]) -> None:
        """Keep the keys in sorted runs, the oldest first, that are merged when of one size.

        So each key is sorted a few times however many come, and the oldest quarter can go.
        """
        if not keys.size:
            return
        run = np.sort(keys)
        while self._known and self._known[-1].size <= run.size <= REMEMBERED // 8:
            run = np.sort(np.concatenate((self._known.pop(), run)), kind="stable")
        self._known.append(run)
        while sum(known.size for known in self._known[1:]) >= REMEMBERED * 3 // 4:
            del self._known[0]

    def _time_bits(self, time_ns: NDArray[np.int64]) -> NDArray[np.uint32]:
        before = self._last_ns if self._last_ns is not None else int(time_ns[0]) - 1
        previous = np.concatenate(([before], time_ns[:-1]))
        step = time_ns - previous
        bits = np.zeros(time_ns.size, np.uint32)
        bits[(step < 0) & ~_is_leap_step(previous, time_ns)] |= np.uint32(TIME_BACKWARDS.mask)
        bits[step == 0] |= np.uint32(TIME_REPEATED.mask)
        bits[step > JUMP_NS] |= np.uint32(TIME_JUMP.mask)
        self._last_ns = int(time_ns[-1])
        return bits

    def _cover(self, time_ns: NDArray[np.int64], admitted: NDArray[np.bool_]) -> NDArray[np.int64]:
        covered = np.zeros(time_ns.size, np.int64)
        times = time_ns[admitted]
        if not times.size:
            return covered
        ends = times + self.frame_ns
        start = self.covered_until_ns if self.covered_until_ns is not None else int(times[0])
        previous = np.concatenate(([start - self.frame_ns], times[:-1]))
        leaps = np.cumsum(_is_leap_step(previous, times)) * NS_PER_S
        # Before a leap step the instants of the repeated second do not yet bar those after it.
        reach = np.maximum.accumulate(np.concatenate(([start], (ends + leaps)[:-1])))
        covered[admitted] = np.clip(ends + leaps - np.maximum(times + leaps, reach), 0, None)
        self.covered_until_ns = int(max(reach[-1], (ends + leaps)[-1]) - leaps[-1])
        return covered


def _repeats(time_ns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which instants lie in a POSIX second that passes twice, for a leap second."""
    leaps = leap_times_ns()
    leap = leaps[np.maximum(np.searchsorted(leaps, time_ns, "right") - 1, 0)]
    inside: NDArray[np.bool_] = (time_ns >= leap) & (time_ns < leap + NS_PER_S)
    return inside


def _is_leap_step(before: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say where POSIX time steps back because it repeats the second after a leap second."""
    stepped: NDArray[np.bool_] = (
        _repeats(before) & _repeats(after) & (after < before) & (before - after < NS_PER_S)
    )
    return stepped
