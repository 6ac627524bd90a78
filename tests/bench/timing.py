"""Two ways of the same work timed in turn: the time that passed, and what processors spent.

Where a machine does other work as well, times that pass scatter with it; the time that this
process had on all processors together scatters much less, and counts every thread.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

#: Gives, not timed, the call that is.
Prepare = Callable[[], Callable[[], object]]


class Spent(NamedTuple):
    """Seconds of each round: passed, and of all processors together."""

    passed: list[float]
    processor: list[float]


def in_turn(works: Mapping[str, Prepare], rounds: int) -> dict[str, Spent]:
    """Run each once unheeded, then all in turn so many times."""
    spent = {name: Spent([], []) for name in works}
    for prepare in works.values():
        prepare()()
    for _ in range(rounds):
        for name, prepare in works.items():
            work = prepare()
            passed, processor = time.perf_counter(), time.process_time()
            work()
            spent[name].processor.append(time.process_time() - processor)
            spent[name].passed.append(time.perf_counter() - passed)
    return spent


def rate(number: float, spent: Spent) -> str:
    """Give what was done a second, by the medians of the rounds."""
    passed, processor = (number / statistics.median(each) for each in spent)
    return f"{passed:10.0f} /s passed   {processor:10.0f} /s of processors"


def ratios(ours: Spent, theirs: Spent) -> list[str]:
    """Give lines of how many times faster ours is, by medians and by the fastest rounds."""
    lines = []
    for title, mine, peer in zip(("passed", "of processors"), ours, theirs, strict=True):
        medians = statistics.median(peer) / statistics.median(mine)
        lines.append(
            f"ratio, time {title:13}  {medians:6.2f} medians  {min(peer) / min(mine):6.2f} fastest"
        )
    return lines
