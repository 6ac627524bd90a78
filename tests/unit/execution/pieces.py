"""Functions that worker processes can find."""

import os
import signal
import sys
import time
from pathlib import Path

from helioscope.errors import InputError


def square(number: int) -> int:
    return number * number


def slow_first(number: int) -> int:
    time.sleep(0.3 if number == 0 else 0.0)
    return number


def faulty(number: int) -> int:
    if number == 1:
        raise InputError(where="file 1", found="truncated", expected="whole", remedy="restore it")
    if number == 2:
        raise ZeroDivisionError("two")
    if number == 4:
        raise SystemExit(3)
    return number


def crashing(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGSEGV)
    return number


def hanging(number: int) -> int:
    if number == 1:
        time.sleep(600)
    return number


def killed_once(marker: str) -> str:
    path = Path(marker)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def announced(folder: str) -> None:
    """Say where this process is, work for ten minutes, and tidy up when it is interrupted."""
    mark = Path(folder) / f"{os.getpid()}.working"
    mark.touch()
    try:
        time.sleep(600)
    finally:
        mark.unlink()


def loaded(module: str) -> bool:
    """Say whether this process had a module before the task."""
    return module in sys.modules
