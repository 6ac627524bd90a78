"""Progress for people: a bar with rate and remaining time on a terminal, a heartbeat elsewhere."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

#: Seconds between two heartbeat lines where there is no terminal.
HEARTBEAT_S = 10.0


#: A number that is known, or not, or that a function finds.
Total = int | Callable[[], int | None] | None


class Progress(Protocol):
    """Told how many more events are done."""

    def __call__(self, events: int) -> None:
        """Add so many events."""


def note(text: str) -> None:
    """Write one line on stderr: a step is done."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def silent(events: int) -> None:
    """Show nothing."""


@contextmanager
def shown(
    what: str,
    total: Total,
    stream: TextIO | None = None,
    of: str = "events",
    quiet: bool = False,
) -> Iterator[Progress]:
    """Show the progress of one run on stderr.

    Parameters
    ----------
    what
        Name of the run and the detector.
    total
        Number of events where it is known; without it no remaining time is claimed. One that
        takes time to find is a function, called only where something is to be shown.
    of
        What is counted, where it is not events.
    quiet
        Show nothing.
    """
    out = stream or sys.stderr
    if quiet:
        yield silent
    elif out.isatty() and multiprocessing.parent_process() is None:  # bars of two would collide
        with _bar(what, _known(total), of) as progress:
            yield progress
    else:
        with _heartbeat(what, total, out, of) as progress:
            yield progress


@contextmanager
def _bar(what: str, total: int | None, of: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeRemainingColumn(),
    )
    started, done = time.monotonic(), 0
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=total, rate="")

        def advance(events: int) -> None:
            nonlocal done
            done += events
            rate = done / max(time.monotonic() - started, 1e-6)
            bars.update(task, advance=events, rate=f"{rate:,.0f} {of}/s")

        yield advance


@contextmanager
def _heartbeat(what: str, total: Total, out: TextIO, of: str) -> Iterator[Progress]:
    started = last = time.monotonic()
    done = 0

    def advance(events: int) -> None:
        nonlocal done, last, total
        done += events
        now = time.monotonic()
        if now - last >= HEARTBEAT_S:
            last, total = now, _known(total)
            out.write(heartbeat(what, done, total, now - started, of) + "\n")
            out.flush()

    yield advance


def _known(total: Total) -> int | None:
    return total() if callable(total) else total


def heartbeat(what: str, done: int, total: int | None, elapsed_s: float, of: str = "events") -> str:
    """Write one line of progress."""
    rate = done / max(elapsed_s, 1e-6)
    line = f"{what}: {done:,} {of}, {rate:,.0f} {of}/s"
    if total and rate > 0:
        line += f", {max(total - done, 0) / rate:.0f} s to go"
    return line
