"""SIGTERM ends a command as Ctrl-C does: tidily, with exit code 130."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: How often, and how many times, an interrupt is put off while a module is imported.
PUT_OFF_S = 0.05
TIMES = 60


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C raise KeyboardInterrupt within the block, so that ``finally`` is kept.

    One that the caller has ignored, as a shell does for what it puts in the background, stays so.
    Outside the main thread, where Python handles no signals, it changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupt = _Interrupt()
    heeded = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) != signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heeded}
    try:
        yield
    finally:
        interrupt.timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)


class _Interrupt:
    """Handles a signal: raises, unless a module is being imported; then a little later.

    Extension modules swallow what is raised while they are imported, and the command would go on.
    """

    def __init__(self) -> None:
        self.timer = threading.Timer(0, lambda: None)
        self.times = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if not _importing(frame) or self.times == TIMES:
            raise KeyboardInterrupt
        self.times += 1
        self.timer.cancel()
        self.timer = threading.Timer(PUT_OFF_S, os.kill, (os.getpid(), number))
        self.timer.daemon = True
        self.timer.start()


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
