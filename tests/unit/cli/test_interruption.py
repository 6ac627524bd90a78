"""Ctrl-C and SIGTERM during a run: exit code 130 within seconds, and nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from tests.integration.counter_runs import write_events, write_job

from helioscope.execution.interruption import interruptible

EVENTS = 200_000


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(
    external_plugin: Path, tmp_path: Path, sent: signal.Signals
) -> None:
    """The counter waits at every batch, so that the signal meets the run at work."""
    slow = external_plugin / "proportional_counter" / "plugin.py"
    copy = tmp_path / "slow" / "proportional_counter"
    copy.mkdir(parents=True)
    (copy / "__init__.py").touch()
    text = slow.read_text().replace(
        "kept = raw[", "__import__('time').sleep(0.5)\n        kept = raw["
    )
    (copy / "plugin.py").write_text(text)
    write_events(tmp_path / "a.root", np.arange(EVENTS) / 1000)
    job, out = write_job(tmp_path, "a.root"), tmp_path / "out"
    places = os.pathsep.join([str(copy.parent), str(external_plugin)])
    run = subprocess.Popen(
        [sys.executable, "-m", "helioscope.cli.main", "run", str(job), "--out", str(out)],
        env=os.environ | {"PYTHONPATH": places}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process = psutil.Process(run.pid)
    try:
        deadline = time.monotonic() + 60
        while not [*out.rglob("*.parquet*"), *out.rglob("*part*")]:
            assert run.poll() is None, run.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        children = process.children(recursive=True)
        run.send_signal(sent)
        _, err = run.communicate(timeout=5)
    finally:
        run.kill()
    assert run.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    left = [path.relative_to(out).parts[0] for path in out.rglob("*") if path.is_file()]
    assert {name.split(".")[0] for name in left} <= {"archive-id", "catalog", "jobs"}
    assert not (out / "r1" / "counter").exists()
    assert not any(child.is_running() for child in children)


SWALLOWING = """
import time
print("importing", flush=True)
try:
    time.sleep({seconds})
except KeyboardInterrupt:
    pass
"""
SCRIPT = """
import sys, time
from helioscope.execution.interruption import interruptible
try:
    with interruptible():
        import swallowing
        time.sleep(30)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("seconds", [0.5, 30.0], ids=["short", "hanging"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_import_that_swallows_interrupts_does_not_swallow_this_one(
    tmp_path: Path, sent: signal.Signals, seconds: float
) -> None:
    """As numpy.random does; one that hangs is interrupted in the end, and again by a second."""
    (tmp_path / "swallowing.py").write_text(SWALLOWING.format(seconds=seconds))
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        process.send_signal(sent)
        if seconds > 5:
            time.sleep(4)
            process.send_signal(sent)
        assert process.wait(timeout=5) == 130
    finally:
        process.kill()


def test_the_handlers_of_before_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with interruptible():
        assert signal.getsignal(signal.SIGTERM) is not before[1]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_signal_that_the_caller_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptible():
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
