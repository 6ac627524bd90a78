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
    assert {name.split(".")[0] for name in left} <= {"catalog", "jobs"}  # the job as it was asked
    assert not (out / "r1" / "counter").exists()
    assert not any(child.is_running() for child in children)
