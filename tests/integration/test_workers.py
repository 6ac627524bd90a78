"""``run --workers``: the bytes of a serial run, and faults that stay where they are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.integration.archive_campaign import contents
from tests.integration.counter_runs import run_table, write_events, write_job

from helioscope.catalog.store import open_catalog
from helioscope.cli import reprocess

Cli = Callable[..., tuple[int, str, str]]

#: A pulse height at which the edited plugin kills its process.
DEADLY = 13
KILL = f"""\
        if (np.asarray(raw["pulse_height_adu"]) == {DEADLY}).any():
            import os, signal
            os.kill(os.getpid(), signal.SIGKILL)
"""
SPARE = """\
[detectors.spare]
plugin = "proportional-counter"
settings = { ev_per_adu = 3.0 }
"""


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """Four runs of two detectors; r3 overlaps r1, whose span only its events tell."""
    write_events(tmp_path / "a.root")
    write_events(tmp_path / "b.root", np.arange(20.0, 50.0), first_id=100)
    path = write_job(tmp_path, "a.root")
    more = run_table("r2", "spare", "a.root") + run_table("r3", "counter", "b.root")
    path.write_text(path.read_text() + SPARE + more + run_table("r4", "spare", "b.root"))
    return path


@pytest.fixture
def deadly_plugin(external_plugin: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Install, for other processes, a counter that a certain pulse height kills."""
    copy = Path(shutil.copytree(external_plugin, tmp_path / "installed"))
    source = copy / "proportional_counter/plugin.py"
    start = "    def reconstruct(raw: ak.Array) -> Reconstructed:\n"
    assert start in source.read_text()
    source.write_text(source.read_text().replace(start, start + KILL))
    shutil.rmtree(copy / "proportional_counter/__pycache__", ignore_errors=True)
    monkeypatch.syspath_prepend(str(copy))


def test_two_workers_give_the_bytes_of_one(helioscope: Cli, job: Path, tmp_path: Path) -> None:
    code, serial, _ = helioscope("run", job, "--out", tmp_path / "one", "--json")
    assert code == 0
    code, out, err = helioscope("run", job, "--out", tmp_path / "two", "--json", "--workers", "2")
    assert code == 0
    assert contents(tmp_path / "two") == contents(tmp_path / "one")
    assert [row["run"] for row in json.loads(out)] == ["r1", "r2", "r3", "r4"]
    assert "4/4 run" in err
    overlap = [row["live_time"] for row in json.loads(out) if row["run"] == "r3"]
    assert "overlaps run r1" in str(overlap)
    assert overlap == [row["live_time"] for row in json.loads(serial) if row["run"] == "r3"]
    again = helioscope("run", job, "--out", tmp_path / "two", "--json", "--workers", "2")
    assert {row["state"] for row in json.loads(again[1])} == {"present"}


def test_workers_are_made_ready_where_there_is_work_for_them(
    helioscope: Cli, job: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_ready: list[int] = []
    monkeypatch.setattr(reprocess, "prepare_workers", lambda number, _: made_ready.append(number))
    assert helioscope("run", job, "--out", tmp_path / "out")[0] == 0
    again = ["reprocess", "--tag", "v2", "--set", "spare.ev_per_adu=4.0", "--workers", "2"]
    first = [*again, "--where", 'run = "r2"', "--out", tmp_path / "out"]
    for times in (2, 0):  # while a new tag is planned, and before the work
        assert helioscope(*first)[0] == 0
        assert made_ready == [2] * times
        made_ready.clear()
    assert helioscope(*again, "--where", 'run = "r4"', "--out", tmp_path / "out")[0] == 0
    assert made_ready == [2]


def test_a_run_that_kills_its_process_fails_alone(
    helioscope: Cli, deadly_plugin: None, job: Path, tmp_path: Path
) -> None:
    write_events(tmp_path / "a.root", heights=np.full(30, 600, np.float32))
    write_events(tmp_path / "c.root", heights=np.full(30, DEADLY, np.float32))
    job.write_text(
        job.read_text()
        + run_table("r5", "counter", "c.root")
        + run_table("r6", "counter", "a.root")
    )
    code, out, err = helioscope("run", job, "--out", tmp_path / "out", "--json", "--workers", "2")
    states = {row["run"]: row["state"] for row in json.loads(out)}
    assert code == 6
    assert states == dict.fromkeys(("r1", "r2", "r3", "r4", "r6"), "done") | {"r5": "failed"}
    assert "SIGKILL" in err
    assert not (tmp_path / "out/r5/counter").exists()
    with open_catalog(tmp_path / "out/catalog.sqlite") as catalog:
        (failed,) = [failure for job_row in catalog.jobs() for failure in job_row.failures]
        paths = [row.path for row in catalog.products()]
    assert failed.run == "r5"
    assert len(paths) == len(set(paths)) == 5 * 4
    assert helioscope("verify", "--clean", "--out", tmp_path / "out")[0] == 0


def test_a_bad_file_gives_the_exit_code_of_a_serial_run(
    helioscope: Cli, job: Path, tmp_path: Path
) -> None:
    path = tmp_path / "b.root"
    path.write_bytes(path.read_bytes()[:-400])
    serial = helioscope("run", job, "--out", tmp_path / "one", "--json")
    parallel = helioscope("run", job, "--out", tmp_path / "two", "--json", "--workers", "2")
    assert serial[0] == parallel[0] == 4
    states = [
        {row["run"]: row["state"] for row in json.loads(out[1])} for out in (serial, parallel)
    ]
    assert states[0] == states[1]
    assert states[1] == {"r1": "done", "r2": "done", "r3": "failed", "r4": "failed"}
    assert helioscope("run", job, "--workers", "0")[0] == 2


#: Pulse heights at which the edited plugin waits and then finds the disk full, or does not end.
FULL, STUBBORN = 14, 15
NO_ROOM = f"""\
        import errno, os, pathlib, signal, time
        begun = pathlib.Path(os.environ["BEGUN"])
        if (np.asarray(raw["pulse_height_adu"]) == {STUBBORN}).any():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            begun.touch()
            time.sleep(100)
        if (np.asarray(raw["pulse_height_adu"]) == {FULL}).any():
            while not begun.exists():
                time.sleep(0.05)
            raise OSError(errno.ENOSPC, "No space left on device")
"""


@pytest.mark.parametrize("command", ["run", "reprocess"])
def test_a_full_disk_ends_workers_that_do_not_heed_it(
    helioscope: Cli, external_plugin: Path, tmp_path: Path, command: str
) -> None:
    plugin = Path(shutil.copytree(external_plugin, tmp_path / "installed"))
    source = plugin / "proportional_counter/plugin.py"
    start = "    def reconstruct(raw: ak.Array) -> Reconstructed:\n"
    job = write_job(tmp_path, "a.root", gain=11.0)
    job.write_text(job.read_text() + SPARE + run_table("r2", "spare", "b.root"))
    for name, height in (("a", FULL), ("b", STUBBORN)):
        write_events(tmp_path / f"{name}.root", heights=np.full(30, height, np.float32))
    out = tmp_path / "out"
    arguments = ["run", str(job)]
    if command == "reprocess":
        assert helioscope(*arguments, "--out", out)[0] == 0
        arguments = ["reprocess", "--tag", "v2", "--set", "counter.ev_per_adu=12.0"]
        arguments += ["--set", "spare.ev_per_adu=4.0"]
    source.write_text(source.read_text().replace(start, start + NO_ROOM))
    shutil.rmtree(plugin / "proportional_counter/__pycache__", ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "helioscope.cli.main", *arguments, "--workers", "2", "--out", out],
        capture_output=True, text=True, timeout=60,
        env=os.environ | {"PYTHONPATH": str(plugin), "BEGUN": str(tmp_path / "begun")},
    )  # fmt: skip
    assert done.returncode == 5, done.stderr
    assert "No space left on device" in done.stderr
    assert "detector 'proportional-counter' 1, run r1" in done.stderr
