"""What a reprocessing does when something breaks or changes under it, each made for real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.event import listen, remove
from tests.integration.archive_campaign import contents
from tests.integration.counter_runs import run_table, write_events, write_job
from tests.integration.memory_disks import mounted

from helioscope.catalog.rows import NewCalibration
from helioscope.catalog.store import open_catalog
from helioscope.core.archive.planning import Planner
from helioscope.core.archive.reprocess import ReprocessRequest
from helioscope.errors import UsageError

Cli = Callable[..., tuple[int, str, str]]
REPROCESS = ["reprocess", "--tag", "v2", "--set", "counter.ev_per_adu=12.0"]

#: Kills its process the first time that a batch is reconstructed under the new gain.
KILL_ONCE = """\
    def reconstruct(raw: ak.Array) -> Reconstructed:
        import os, pathlib, signal
        if config.ev_per_adu == 12.0 and not (mark := pathlib.Path(os.environ["MARK"])).exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def out(helioscope: Cli, tmp_path: Path) -> Path:
    """Three runs of a counter, processed; r2 overlaps r1, and only its events say so."""
    job = write_job(tmp_path, "a.root")
    for number, name in enumerate(("a", "b", "c")):
        times = np.arange(20.0 * number, 20.0 * number + 30.0)
        write_events(tmp_path / f"{name}.root", times, first_id=100 * number)
    job.write_text(job.read_text() + run_table("r2", "counter", "b.root"))
    job.write_text(job.read_text() + run_table("r3", "counter", "c.root"))
    assert helioscope("run", job, "--out", tmp_path / "out")[0] == 0
    return tmp_path / "out"


def starts(helioscope: Cli, out: Path, *arguments: str) -> set[str]:
    code, printed, err = helioscope(*arguments, "--dry-run", "--json", "--out", out)
    assert code == 0, err
    return {row["start"] for row in json.loads(printed)["runs"]}


def rows(out: Path) -> list[tuple[Any, ...]]:
    with open_catalog(out / "catalog.sqlite") as catalog:
        return sorted((row.path.name, row.run, row.tag, row.digest) for row in catalog.products())


def test_runs_that_overlap_by_their_events_start_where_they_should(
    helioscope: Cli, out: Path
) -> None:
    assert "overlaps run r1" in (out / "r2/counter/record.json").read_text()
    assert starts(helioscope, out, "reprocess", "--tag", "same") == {"products"}
    assert starts(helioscope, out, *REPROCESS, "--where", 'run = "r2"') == {"raw"}
    assert helioscope(*REPROCESS, "--where", 'run = "r2"', "--out", out)[0] == 0
    assert helioscope(*REPROCESS, "--out", out)[0] == 0
    assert starts(helioscope, out, *REPROCESS) == {"nothing"}
    live = json.loads((out / "tags/v2/r2/counter/record.json").read_text())["live_time"]
    assert live == json.loads((out / "r2/counter/record.json").read_text())["live_time"]


def test_workers_wait_for_a_run_that_was_never_processed_and_alone_tells_what_it_covers(
    helioscope: Cli, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    write_events(raw / "a.root", np.arange(0.0, 30.0, 0.001))
    write_events(raw / "b.root", np.arange(20.0, 50.0), first_id=100_000)
    job = write_job(tmp_path, "raw/a.root", run="a")
    job.write_text(job.read_text() + run_table("b", "counter", "raw/b.root"))
    found = []
    for workers in ("1", "2"):
        out = tmp_path / workers
        out.mkdir()
        add = ("catalog", "add", raw, "--detector", "counter", "--plugin", "proportional-counter")
        assert helioscope(*add, "--out", out)[0] == 0
        work = (*REPROCESS, "--job", job, "--workers", workers, "--out", out)
        assert helioscope(*work)[0] == 0
        assert "overlaps run a" in (out / "tags/v2/b/counter/record.json").read_text()
        found.append(contents(out))
    assert found[0] == found[1]


def test_calibrations_that_change_while_the_work_is_planned_are_not_mixed_in(
    helioscope: Cli, out: Path, tmp_path: Path
) -> None:
    request = ReprocessRequest("", "v2", str(out / "catalog.sqlite"), out)
    new = NewCalibration("counter", "gain", None, None, "0" * 64, "a test")
    with open_catalog(out / "catalog.sqlite") as catalog, Planner(catalog, request) as planner:
        plan = planner.plan()
        (tmp_path / "staged").mkdir()
        catalog.register_calibration(new, tmp_path / "staged")
        with pytest.raises(UsageError, match="changed while the work was planned"):
            planner.freeze(plan)
        assert planner.plan().calibrations.tag == "v2"
    assert starts(helioscope, out, "reprocess", "--tag", "v2") == {"products"}


def test_planning_asks_the_catalogue_as_often_for_many_runs_as_for_few(
    helioscope: Cli, out: Path
) -> None:
    asked = []
    for where, steps in (('run = "r2"', 1), ("", 3)):
        request = ReprocessRequest(where, "v2", str(out / "catalog.sqlite"), out)
        statements: list[str] = []

        def keep(*call: Any, into: list[str] = statements) -> None:
            into.append(call[2])

        with open_catalog(out / "catalog.sqlite") as catalog, Planner(catalog, request) as planner:
            listen(Engine, "before_cursor_execute", keep)
            try:
                assert len(planner.plan().steps) == steps
            finally:
                remove(Engine, "before_cursor_execute", keep)
        asked.append(statements)
    assert len(asked[0]) == len(asked[1]), asked[1]


@pytest.mark.parametrize("noticed", [True, False])
def test_what_a_killed_link_left_is_taken_away_by_the_next_one(
    helioscope: Cli, out: Path, noticed: bool
) -> None:
    gone = subprocess.Popen(["sh", "-c", "read line"], stdin=subprocess.PIPE)
    left = out / f"tags/v2/r2/.counter-partial-{gone.pid}-abc"
    shutil.copytree(out / "r2/counter", left)
    shutil.copytree(left, out / f"tags/v2/r4/{left.name}")
    assert helioscope("verify", "--clean", "--out", out)[0] == 0
    assert left.exists()  # it is still being written
    gone.kill()
    if noticed:
        gone.wait()
    else:  # it has ended, and is listed as long as nobody waits for it
        os.waitid(os.P_PID, gone.pid, os.WEXITED | os.WNOWAIT)
    assert helioscope("reprocess", "--tag", "v2", "--out", out)[0] == 0
    assert not left.exists()
    assert helioscope("verify", "--clean", "--out", out)[0] == 0
    assert not (out / f"tags/v2/r4/{left.name}").exists()
    assert helioscope("verify", "--out", out)[0] == 0
    gone.communicate()


def test_a_task_done_twice_gives_the_bytes_and_rows_of_once(
    helioscope: Cli, out: Path, external_plugin: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    serial = Path(shutil.copytree(out, tmp_path / "serial"))
    assert helioscope(*REPROCESS, "--out", serial)[0] == 0
    copy = Path(shutil.copytree(external_plugin, tmp_path / "installed"))
    source = copy / "proportional_counter/plugin.py"
    start = KILL_ONCE.splitlines(keepends=True)[0]
    assert start in source.read_text()
    source.write_text(source.read_text().replace(start, KILL_ONCE))
    shutil.rmtree(copy / "proportional_counter/__pycache__", ignore_errors=True)
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    monkeypatch.setenv("PYTHONPATH", str(copy))
    command = [sys.executable, "-m", "helioscope.cli.main", *REPROCESS, "--workers", "2"]
    done = subprocess.run([*command, "--out", out], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mark").exists()
    assert contents(out) == contents(serial)
    assert rows(out) == rows(serial)
    assert helioscope("verify", "--clean", "--out", out)[0] in (0, 3)
    assert helioscope("verify", "--out", out)[0] == 0


def test_another_version_of_a_plugin_is_refused_under_the_same_tag(
    helioscope: Cli, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proportional_counter import plugin

    assert helioscope(*REPROCESS, "--out", out)[0] == 0
    before = contents(out)
    detector = plugin.Detector
    monkeypatch.setattr(plugin, "Detector", lambda name, _version, *more: detector(name, 2, *more))
    code, _, err = helioscope(*REPROCESS, "--out", out)
    assert code == 2
    assert "version of detector proportional-counter: 1 -> 2" in err
    assert contents(out) == before
    assert starts(helioscope, out, "reprocess", "--tag", "v3") == {"raw"}


def test_a_bad_file_that_is_skipped_is_listed_and_stands_with_the_job(
    helioscope: Cli, tmp_path: Path
) -> None:
    write_events(tmp_path / "a.root")
    (tmp_path / "b.root").write_bytes((tmp_path / "a.root").read_bytes()[:500])
    out, job = tmp_path / "out", write_job(tmp_path, "a.root", "b.root")
    assert helioscope("run", job, "--out", out)[0] == 4
    assert helioscope("run", job, "--out", out, "--skip-bad")[0] == 3
    code, _, err = helioscope(*REPROCESS, "--out", out, "--skip-bad")
    assert code == 3
    assert f"skipped {tmp_path / 'b.root'}: " in err
    code, printed, err = helioscope(*REPROCESS, "--out", out, "--json")
    assert code == 3
    assert f"made without bad files: 1 run: r1 of counter ({tmp_path / 'b.root'})" in err
    assert json.loads(printed)["short"][0]["skipped"] == [str(tmp_path / "b.root")]
    assert helioscope("run", job, "--out", out)[0] == 3
    with open_catalog(out / "catalog.sqlite") as catalog:
        states = [job.state for job in catalog.jobs()]
    assert states == ["failed", *["done with skips"] * 3]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB in memory, where the machine allows it."""
    with mounted(tmp_path / "disk", "1m") as place:
        yield place


def test_a_full_disk_ends_it_with_5_and_the_same_call_goes_on_with_room(
    helioscope: Cli, out: Path, tmp_path: Path, small_disk: Path
) -> None:
    full = Path(shutil.copytree(out, small_disk / "out"))
    assert helioscope(*REPROCESS, "--out", out)[0] == 0
    filling = small_disk / "filling"
    state = os.statvfs(small_disk)
    filling.write_bytes(bytes((state.f_bavail - 12) * state.f_frsize))
    before, known = contents(full), rows(full)
    code, _, err = helioscope(*REPROCESS, "--out", full)
    assert code == 5, err
    assert "No space left" in err or "disk is full" in err
    done = {name: content for name, content in contents(full).items() if name not in before}
    assert done.items() <= contents(out).items()
    assert [path for path in full.rglob("*") if "partial" in path.name] == []
    assert set(known) <= set(rows(full))
    filling.unlink()
    assert helioscope(*REPROCESS, "--out", full)[0] == 0
    assert contents(full) == contents(out)
    assert helioscope("verify", "--out", full)[0] == 0
