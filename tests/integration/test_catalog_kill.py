"""A reprocessing killed in the midst of its work and taken up again: the same bytes."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from archive_campaign import contents

from helioscope.catalog import tables
from helioscope.catalog.jobs import Jobs
from helioscope.catalog.store import open_catalog
from helioscope.cli.main import main

REPROCESS = ["reprocess", "--tag", "v2", "--where", 'detector = "ccd"']
REPROCESS += ["--set", "ccd.nominal_ev_per_adu=5.5"]


def called(out: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--out", str(out)])
    assert isinstance(end.value.code, int)
    return end.value.code


def ended_at_work(out: Path, number: int, patience_s: float) -> int:
    """Start it with two workers, send a signal a moment after the first writes; give the code."""
    before = set(out.rglob("*"))
    process = subprocess.Popen(
        [sys.executable, "-m", "helioscope.cli.main", *REPROCESS, "--workers", "2", "--out", out],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None and not any(
        "-partial-" in path.name for path in set((out / "tags").rglob("*")) - before
    ):
        time.sleep(0.005)
    time.sleep(patience_s)
    os.kill(process.pid, number)
    sent = time.monotonic()
    code = process.wait(30)
    assert time.monotonic() - sent < 5
    return code


def jobs_told(out: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """Give tag and state of the jobs in the story of a run."""
    capsys.readouterr()
    assert called(out, "catalog", "show", "ccd-science-001", "--json") == 0
    (story,) = json.loads(capsys.readouterr().out)
    return [(job["tag"], job["state"]) for job in story["jobs"]]


def test_a_killed_job_is_said_to_be_and_takes_no_credit_for_what_came_later(
    processed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = Path(shutil.copytree(processed / "out", tmp_path / "out"))
    with open_catalog(out / "catalog.sqlite") as catalog:
        gone = subprocess.Popen(["true"])
        gone.wait()
        number = catalog.start_job("reprocess", "v2")
        jobs = tables.jobs
        with catalog.database.writing() as connection:
            connection.execute(jobs.update().where(jobs.c.id == number).values(pid=gone.pid))
    assert called(out, *REPROCESS) == 0
    assert jobs_told(out, capsys) == [("", "done"), ("v2", "done")]
    # as if it had been the last one
    with open_catalog(out / "catalog.sqlite") as catalog, catalog.database.writing() as connection:
        connection.execute(jobs.delete().where(jobs.c.id > number))
    assert jobs_told(out, capsys) == [("", "done"), ("v2", "killed")]


def test_what_failed_before_the_kill_is_known_after_it(
    processed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    out = Path(shutil.copytree(processed / "out", tmp_path / "out"))
    raw = processed / "raw/ccd-science-000.fits"
    hidden = raw.rename(raw.with_suffix(".hidden"))
    try:
        with monkeypatch.context() as killed:
            killed.setattr(Jobs, "finish_job", lambda *_: None)
            assert called(out, *REPROCESS) == 4
    finally:
        hidden.rename(raw)
    capsys.readouterr()
    assert called(out, *REPROCESS, "--failed", "--json") == 0
    assert [run["run"] for run in json.loads(capsys.readouterr().out)["runs"]] == [raw.stem]


def test_whatever_ends_it_the_next_call_goes_on(processed: Path, tmp_path: Path) -> None:
    undisturbed = Path(shutil.copytree(processed / "out", tmp_path / "a"))
    assert called(undisturbed, *REPROCESS) == 0
    out = Path(shutil.copytree(processed / "out", tmp_path / "b"))
    chance = random.Random(2004)
    assert ended_at_work(out, signal.SIGKILL, chance.uniform(0, 0.2)) == -signal.SIGKILL
    assert ended_at_work(out, signal.SIGTERM, chance.uniform(0, 0.05)) in (130, 0)
    assert called(out, *REPROCESS) == 0
    assert contents(out) == contents(undisturbed)
    assert called(out, "verify", "--clean") == 0
    assert called(out, "verify") == 0
    assert [path for path in out.rglob("*") if path.name.startswith(".")] == []
    with open_catalog(out / "catalog.sqlite") as catalog:
        rows = [(r.lineage, r.kind, r.digest, r.rows) for r in catalog.products(tag="v2")]
        with catalog.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    with open_catalog(undisturbed / "catalog.sqlite") as other:
        expected = [(r.lineage, r.kind, r.digest, r.rows) for r in other.products(tag="v2")]
    assert sorted(rows) == sorted(expected)


def test_products_that_a_crash_left_without_rows_are_entered(
    processed: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(processed / "out", tmp_path / "out"))
    assert called(out, *REPROCESS) == 0
    with open_catalog(out / "catalog.sqlite") as catalog:
        rows = catalog.products(tag="v2")
        for row in rows[1:]:
            catalog.forget_product(row.path)
    assert called(out, "verify") == 3
    before = contents(out)
    assert called(out, *REPROCESS) == 0
    assert contents(out) == before
    with open_catalog(out / "catalog.sqlite") as catalog:
        assert {r.path for r in catalog.products(tag="v2")} == {r.path for r in rows}
    assert called(out, "verify") == 0
