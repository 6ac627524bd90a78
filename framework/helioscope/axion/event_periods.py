"""Which period of a set of events each event belongs to."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.event_tables import EventTable
from helioscope.axion.measurement_keys import PeriodTable
from helioscope.errors import InputError, UsageError


def period_of_events(
    path: Path, periods: list[PeriodTable], events: EventTable
) -> NDArray[np.int64]:
    """Give the number of the period of each event, by its name or its time.

    Parameters
    ----------
    path
        The file of the events, for messages.
    periods
        The periods.
    events
        The events, with `period` or `time_ns` unless there is one period only.

    Raises
    ------
    UsageError
        Where periods overlap or lack the start and stop that times need.
    InputError
        Where an event belongs to no period.
    """
    if events.period is not None:
        names = [period.name for period in periods]
        for row, name in enumerate(events.period, 1):
            if name not in names:
                raise InputError(
                    where=f"{path}, row {row}",
                    found=f"period '{name}'",
                    expected=f"a [[set.period]] of that name: {', '.join(names[:20])}",
                )
        return np.array([names.index(name) for name in events.period], np.int64)
    if events.time_ns is None:
        if len(periods) > 1:
            raise InputError(
                where=str(path),
                found=f"{len(periods)} periods, and events without period or time_ns",
                expected="a column that says when each event came",
            )
        return np.zeros(events.energy_kev.size, np.int64)
    return _by_time(path, periods, events.time_ns)


def _by_time(
    path: Path, periods: list[PeriodTable], time_ns: NDArray[np.int64]
) -> NDArray[np.int64]:
    edges = [_interval_ns(str(path), period) for period in periods]
    if any(after[0] < before[1] for before, after in pairwise(sorted(edges))):
        raise UsageError(where=str(path), found="periods that overlap", expected="separate periods")
    index = np.full(time_ns.size, -1, np.int64)
    for number, (start, stop) in enumerate(edges):
        index[(time_ns >= start) & (time_ns < stop)] = number
    if (index < 0).any():
        row = int(np.argmax(index < 0))
        raise InputError(
            where=f"{path}, row {row + 1}",
            found=f"an event at {time_ns[row]} ns, outside every period",
            expected="events of the tracking only",
        )
    return index


def _interval_ns(where: str, period: PeriodTable) -> tuple[int, int]:
    found = []
    for moment in (period.start, period.stop):
        if moment is None or moment.tzinfo is None:
            raise UsageError(
                where=f"{where}, period '{period.name}'",
                found="events with time_ns, and a period without start and stop in UTC",
                expected="start = 2004-05-01T04:00:00Z and stop",
            )
        since = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        found.append(since // dt.timedelta(microseconds=1) * 1000)
    start, stop = found
    if not start + period.live_s * 0.999e9 <= stop:
        raise UsageError(
            where=f"{where}, period '{period.name}'",
            found=f"live_s = {period.live_s:g} in {(stop - start) / 1e9:g} s from start to stop",
            expected="a live time that fits between them",
        )
    return start, stop
