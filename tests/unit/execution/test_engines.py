import multiprocessing
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import pieces

from helioscope.errors import ExitCode, InputError, LimitError, PluginError, UsageError
from helioscope.execution.engine import Engine, InProcess, engine
from helioscope.execution.processes import Processes

SCRIPT = """
import sys
sys.path.insert(0, {here!r})
import pieces
from helioscope.execution.engine import engine
from helioscope.execution.interruption import interruptible
if __name__ == "__main__":
    try:
        with interruptible():
            list(engine(2).map(pieces.announced, [{folder!r}] * 3))
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.fixture(params=["in process", "two processes"])
def either(request: pytest.FixtureRequest) -> Engine:
    return InProcess() if request.param == "in process" else Processes(2)


def test_outcomes_come_in_the_order_of_the_tasks(either: Engine) -> None:
    outcomes = list(either.map(pieces.slow_first, range(5)))
    assert [(outcome.task, outcome.result) for outcome in outcomes] == [(n, n) for n in range(5)]


def test_a_fault_fails_its_own_task_and_keeps_its_words(either: Engine) -> None:
    outcomes = list(either.map(pieces.faulty, range(5)))
    assert [outcome.result for outcome in outcomes] == [0, None, None, 3, None]
    known, unforeseen = outcomes[1].fault, outcomes[2].fault
    assert isinstance(known, InputError)
    assert (known.where, known.found, known.expected, known.remedy) == (
        "file 1", "truncated", "whole", "restore it",
    )  # fmt: skip
    assert isinstance(unforeseen, PluginError)
    assert "ZeroDivisionError: two" in unforeseen.found
    assert "in faulty" in unforeseen.found
    assert "SystemExit: 3" in str(outcomes[4].fault)


def test_no_task_is_no_outcome(either: Engine) -> None:
    assert list(either.map(pieces.square, [])) == []


def test_a_crash_of_the_interpreter_fails_only_its_task() -> None:
    outcomes = list(Processes(2).map(pieces.crashing, range(5)))
    assert [outcome.result for outcome in outcomes] == [0, 1, None, 3, 4]
    fault = outcomes[2].fault
    assert isinstance(fault, PluginError)
    assert "SIGSEGV" in fault.found


def test_a_killed_worker_has_its_task_done_by_another(tmp_path: Path) -> None:
    marks = [str(tmp_path / name) for name in "abc"]
    outcomes = list(Processes(2).map(pieces.killed_once, marks))
    assert [outcome.result for outcome in outcomes] == ["a", "b", "c"]


def test_a_task_that_hangs_is_ended_at_its_limit() -> None:
    began = time.monotonic()
    outcomes = list(engine(1, timeout_s=3.0).map(pieces.hanging, range(3)))
    assert time.monotonic() - began < 20
    assert [outcome.result for outcome in outcomes] == [0, None, 2]
    fault = outcomes[1].fault
    assert isinstance(fault, LimitError)
    assert fault.exit_code == ExitCode.LIMIT


def test_leaving_early_ends_the_workers() -> None:
    outcomes = Processes(2).map(pieces.square, range(100))
    assert next(outcomes).result == 0
    assert len(multiprocessing.active_children()) == 2
    outcomes.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_everything_within_five_seconds(tmp_path: Path, sent: int) -> None:
    with started(tmp_path) as (process, workers):
        began = time.monotonic()
        process.send_signal(sent)
        assert process.wait(10) == ExitCode.INTERRUPTED
        assert time.monotonic() - began < 5
        assert not any(psutil.pid_exists(worker) for worker in workers)
        assert list(tmp_path.iterdir()) == []


def test_neither_workers_nor_what_they_are_forked_from_outlive_a_killed_parent(
    tmp_path: Path,
) -> None:
    with started(tmp_path) as (process, workers):
        family = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        assert set(workers) < set(family)
        process.kill()
        process.wait(10)
        wait_until(lambda: not any(map(alive, family)))


@pytest.mark.parametrize(("workers", "timeout_s"), [(0, None), (-1, None), (1, 0.0)])
def test_numbers_that_make_no_sense_are_refused(workers: int, timeout_s: float | None) -> None:
    with pytest.raises(UsageError):
        engine(workers, timeout_s)


class started:  # noqa: N801 - reads as a sentence
    """A process with two busy workers, and the workers' numbers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> tuple[subprocess.Popen[bytes], list[int]]:
        script = SCRIPT.format(here=str(Path(__file__).parent), folder=str(self.folder))
        path = self.folder.parent / f"{self.folder.name}.py"
        path.write_text(script)
        self.process = subprocess.Popen([sys.executable, str(path)])
        wait_until(lambda: len(list(self.folder.glob("*.working"))) == 2)
        return self.process, [int(mark.stem) for mark in self.folder.glob("*.working")]

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)
