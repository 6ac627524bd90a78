"""Local processes: each task has one to itself, so that its crash or its hang fails it alone.

``concurrent.futures`` does not say which task broke its pool and cannot end one that hangs;
here every worker has its own pipe, so both are known. A task whose process died is tried once
more: the machine may have been at fault (memory, an operator) and not the task.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess
from typing import Any

from helioscope.errors import HelioscopeError, LimitError, PluginError
from helioscope.execution.fork_server import prepare
from helioscope.execution.interruption import interruptible
from helioscope.execution.outcomes import Outcome, Result, Task, attempt
from helioscope.terminal import make_logs_plain

#: How long an interrupted worker may tidy up before it is killed.
TIDY_S = 2.0


class Processes:
    """Runs tasks in local processes.

    Parameters
    ----------
    workers
        How many at once.
    timeout_s
        Seconds that a task may take, or None.
    """

    def __init__(self, workers: int, timeout_s: float | None = None) -> None:
        self.workers = workers
        self.timeout_s = timeout_s

    def map(
        self, function: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Generator[Outcome[Task, Result], None, None]:
        """Give the outcome of each task in the order of the tasks.

        Closed early it ends the workers. One that nobody closes does so when Python finds it to
        be garbage, and that may be after Python itself began to wait for them.
        """
        pool = _Pool(function, self.workers, self.timeout_s)
        try:
            yield from pool.outcomes(iter(tasks))
        finally:
            pool.end()


@dataclass
class _Worker:
    process: ForkServerProcess | SpawnProcess
    pipe: Connection
    position: int | None = None
    task: Any = None
    deadline: float = float("inf")


@dataclass
class _Pool:
    function: Callable[[Any], Any]
    size: int
    timeout_s: float | None
    context: ForkServerContext | SpawnContext = field(default_factory=prepare)
    workers: list[_Worker] = field(default_factory=list)
    finished: dict[int, Outcome[Any, Any]] = field(default_factory=dict)
    again: list[tuple[int, Any]] = field(default_factory=list)
    died_once: set[int] = field(default_factory=set)

    def outcomes(self, tasks: Iterator[Any]) -> Iterator[Outcome[Any, Any]]:
        """Keep every worker busy, and give what is finished in the order of the tasks."""
        given = 0
        numbered = enumerate(tasks)
        while True:
            self._hand_out(numbered)
            while given in self.finished:
                yield self.finished.pop(given)
                given += 1
            if any(worker.position is not None for worker in self.workers):
                self._collect()
            elif not self.again:
                return

    def end(self) -> None:
        """End every worker: idle ones by themselves, busy ones by a signal, then by force."""
        for worker in self.workers:
            worker.pipe.close()
            if worker.position is not None:
                worker.process.terminate()
        deadline = time.monotonic() + TIDY_S
        for worker in self.workers:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self.workers.clear()

    def _hand_out(self, numbered: Iterator[tuple[int, Any]]) -> None:
        idle = [worker for worker in self.workers if worker.position is None]
        while idle or len(self.workers) < self.size:
            position, task = self.again.pop() if self.again else next(numbered, (None, None))
            if position is None:
                return
            worker = idle.pop() if idle else self._start()
            worker.position, worker.task = position, task
            if self.timeout_s is not None:
                worker.deadline = time.monotonic() + self.timeout_s
            try:
                worker.pipe.send(task)
            except OSError:
                self._lost(worker)

    def _start(self) -> _Worker:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=work, args=(theirs, self.function), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self.workers.append(worker)
        return worker

    def _collect(self) -> None:
        """Wait for the next result, death or time limit."""
        busy = [worker for worker in self.workers if worker.position is not None]
        first = min(worker.deadline for worker in busy)
        patience = None if first == float("inf") else max(0.0, first - time.monotonic())
        ready = wait([worker.pipe for worker in busy], patience)
        now = time.monotonic()
        for worker in busy:
            if worker.pipe in ready:
                self._receive(worker)
            elif now >= worker.deadline:
                self._overdue(worker)

    def _receive(self, worker: _Worker) -> None:
        try:
            result, fault = worker.pipe.recv()
        except (EOFError, OSError):
            self._lost(worker)
        else:
            self._done(worker, result, fault)

    def _done(self, worker: _Worker, result: Any, fault: HelioscopeError | None) -> None:
        if worker.position is not None:
            self.finished[worker.position] = Outcome(worker.task, result, fault)
        worker.position, worker.task, worker.deadline = None, None, float("inf")

    def _lost(self, worker: _Worker) -> None:
        self._drop(worker)
        if worker.position is not None and worker.position not in self.died_once:
            self.died_once.add(worker.position)
            self.again.append((worker.position, worker.task))
            return
        fault = PluginError(
            where=str(worker.task)[:200],
            found=f"its process died twice ({_death(worker.process.exitcode)})",
            expected="a result or an error",
            remedy="run it alone with --workers 1 to see what ends it",
        )
        self._done(worker, None, fault)

    def _overdue(self, worker: _Worker) -> None:
        worker.process.kill()
        self._drop(worker)
        fault = LimitError(
            where=str(worker.task)[:200],
            found=f"not finished after {self.timeout_s:g} s",
            expected="a result within the time limit",
            remedy="give it more time, or see whether its plugin hangs",
        )
        self._done(worker, None, fault)

    def _drop(self, worker: _Worker) -> None:
        worker.process.join(TIDY_S)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.pipe.close()
        self.workers.remove(worker)


def work(pipe: Connection, function: Callable[[Any], Any]) -> None:
    """Do tasks from a pipe until it closes: the life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    make_logs_plain()
    try:
        with interruptible():  # by SIGTERM, so that `finally` is kept
            while True:
                outcome = attempt(function, pipe.recv())
                pipe.send((outcome.result, portable(outcome.fault)))
    except (EOFError, OSError, KeyboardInterrupt):
        return


def portable(fault: HelioscopeError | None) -> HelioscopeError | None:
    """Give a fault that can be pickled, whatever its class needs to be built."""
    if fault is None:
        return None
    try:
        pickle.loads(pickle.dumps(fault))  # noqa: S301 - our own bytes, just made
    except Exception:  # noqa: BLE001 - a plugin's class may raise anything
        plain = PluginError(
            where=fault.where, found=fault.found, expected=fault.expected, remedy=fault.remedy
        )
        plain.exit_code = fault.exit_code
        return plain
    return fault


def _end_with_parent() -> None:
    """End this process when its parent is gone, killed for example, even in the midst of a task."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
