"""What came of a task, and how a task is tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from helioscope.errors import HelioscopeError, PluginError

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Outcome(Generic[Task, Result]):
    """What came of one task: its result, or the fault that ended it."""

    task: Task
    result: Result | None = None
    fault: HelioscopeError | None = None


def attempt(function: Callable[[Task], Result], task: Task) -> Outcome[Task, Result]:
    """Run a function on a task and keep what it raises."""
    try:
        return Outcome(task, result=function(task))
    except HelioscopeError as fault:
        return Outcome(task, fault=fault)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one's fault must not end the others
        return Outcome(task, fault=unexpected(error, task))


def unexpected(error: BaseException, task: object) -> PluginError:
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
