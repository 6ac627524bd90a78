"""The interface of an engine, and the engine that works in this process."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Protocol

from helioscope.errors import UsageError
from helioscope.execution.outcomes import Outcome, Result, Task, attempt


class Engine(Protocol):
    """Runs a function on tasks.

    A task may be run more than once, where a machine dies under it: functions must give the
    same bytes every time and rename finished files into place.
    """

    def map(
        self, function: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Generator[Outcome[Task, Result], None, None]:
        """Give the outcome of each task in the order of the tasks.

        Close it (`contextlib.closing`): whatever ends the iteration early leaves work behind.

        Parameters
        ----------
        function
            A function of a module, so that other processes find it; it takes and gives values
            that can be pickled. A fault that it raises becomes the outcome of its task alone.
        """
        ...


class InProcess:
    """Works in this process, one task after the other, and stops when the consumer stops."""

    def map(
        self, function: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Generator[Outcome[Task, Result], None, None]:
        """Give the outcome of each task in the order of the tasks."""
        for task in tasks:
            yield attempt(function, task)


def engine(workers: int = 1, timeout_s: float | None = None) -> Engine:
    """Choose an engine.

    Parameters
    ----------
    workers
        Local processes; 1 works in this process, unless a time limit asks for one that can be
        ended.
    timeout_s
        Seconds that a task may take; then its process is ended and the task fails.

    Raises
    ------
    UsageError
        Where a number makes no sense.
    """
    if workers < 1:
        raise UsageError(where="--workers", found=str(workers), expected="1 or more")
    if timeout_s is not None and not timeout_s > 0:
        raise UsageError(where="time limit", found=f"{timeout_s} s", expected="more than 0 s")
    if workers == 1 and timeout_s is None:
        return InProcess()
    from helioscope.execution.processes import Processes

    return Processes(workers, timeout_s)
