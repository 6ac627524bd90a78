"""Processes that work, that are gone, and that have ended without anybody's notice."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from helioscope.execution.liveness import alive


def test_a_process_is_alive_until_it_ends() -> None:
    assert alive(os.getpid())
    assert alive(1)
    asleep = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert alive(asleep.pid)
    asleep.communicate()
    assert not alive(asleep.pid)


def test_one_that_ended_without_notice_is_not() -> None:
    ended = subprocess.Popen(["true"])
    deadline = time.monotonic() + 10
    while alive(ended.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(ended.pid, 0)  # it is still listed: nobody waited for it
    assert not alive(ended.pid)
    assert ended.wait() == 0
