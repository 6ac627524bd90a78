"""The interface of an engine, and the engine that works in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from helioscope.errors import HelioscopeError, PluginError, UsageError

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Outcome(Generic[Task, Result]):
    """What came of one task: its result, or the fault that ended it."""

    task: Task
    result: Result | None = None
    fault: HelioscopeError | None = None


class Engine(Protocol):
    """Runs a function on tasks.

    A task may be run more than once, where a machine dies under it: functions must give the
    same bytes every time and rename finished files into place.
    """

    def map(
        self, function: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Iterator[Outcome[Task, Result]]:
        """Give the outcome of each task in the order of the tasks.

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
    ) -> Iterator[Outcome[Task, Result]]:
        """Give the outcome of each task in the order of the tasks."""
        for task in tasks:
            yield attempt(function, task)


def attempt(function: Callable[[Task], Result], task: Task) -> Outcome[Task, Result]:
    """Run a function on a task and keep what it raises."""
    try:
        return Outcome(task, result=function(task))
    except HelioscopeError as fault:
        return Outcome(task, fault=fault)
    except Exception as error:  # noqa: BLE001 - one task's fault must not end the others
        return Outcome(task, fault=unexpected(error, task))


def unexpected(error: Exception, task: object) -> PluginError:
    """Make a fault of an exception that nobody foresaw, with the line that raised it."""
    trace, line = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        line = f" at {code.co_filename}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return PluginError(
        where=str(task)[:200],
        found=f"{type(error).__name__}: {error}{line}",
        expected="a fault of helioscope.errors, or none",
    )


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
