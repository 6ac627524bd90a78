"""Runs that overlap and whose times only their events tell, when one of them changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.integration.archive_campaign import contents
from tests.integration.counter_runs import run_table, write_events, write_job

Cli = Callable[..., tuple[int, str, str]]


def campaign(folder: Path, first: str, second: str) -> Path:
    """Two runs of half a minute, the second ten seconds before the end of the first."""
    (folder / "raw").mkdir()
    write_events(folder / f"raw/{first}.root")
    write_events(folder / f"raw/{second}.root", np.arange(20.0, 50.0), first_id=1000)
    job = write_job(folder, f"raw/{first}.root", run=first)
    job.write_text(job.read_text() + run_table(second, "counter", f"raw/{second}.root"))
    return job


def starts(helioscope: Cli, *arguments: object) -> dict[str, str]:
    code, printed, err = helioscope("reprocess", *arguments, "--dry-run", "--json")
    assert code == 0, err
    return {row["run"]: row["start"] for row in json.loads(printed)["runs"]}


def below(folder: Path, tag: str) -> dict[str, bytes]:
    return contents(folder / "tags" / tag)


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_a_run_after_one_that_changed_counts_its_time_anew(
    helioscope: Cli, tmp_path: Path, names: tuple[str, str]
) -> None:
    job, out, fresh = campaign(tmp_path, *names), tmp_path / "out", tmp_path / "fresh"
    first, second = names
    assert helioscope("run", job, "--out", out)[0] == 0
    write_events(tmp_path / f"raw/{first}.root", np.arange(15.0))  # they overlap no more
    add = ("catalog", "add", tmp_path / "raw", "--detector", "counter", "--replace", "--no-times")
    assert helioscope(*add, "--plugin", "proportional-counter", "--out", out)[0] == 0
    assert helioscope("run", job, "--out", fresh)[0] == 0
    for tag, workers in (("one", "1"), ("two", "2")):
        again = ("--tag", tag, "--out", out)
        expected = {first: "raw", second: "observables"}
        assert starts(helioscope, *again) == (
            expected if tag == "one" else dict.fromkeys(names, "products")
        )
        assert helioscope("reprocess", *again, "--workers", workers)[0] == 0
        assert below(out, tag) == contents(fresh)
        assert set(starts(helioscope, *again).values()) == {"nothing"}


def test_workers_wait_for_the_times_of_a_run_that_changed(helioscope: Cli, tmp_path: Path) -> None:
    job, out, fresh = campaign(tmp_path, "a", "b"), tmp_path / "out", tmp_path / "fresh"
    assert helioscope("run", job, "--out", out)[0] == 0
    write_events(tmp_path / "raw/a.root", np.arange(0.0, 25.0, 0.001))
    add = ("catalog", "add", tmp_path / "raw", "--detector", "counter", "--replace", "--no-times")
    assert helioscope(*add, "--plugin", "proportional-counter", "--out", out)[0] == 0
    assert helioscope("run", job, "--out", fresh)[0] == 0
    assert helioscope("reprocess", "--tag", "v2", "--workers", "2", "--out", out)[0] == 0
    assert below(out, "v2") == contents(fresh)


def test_a_run_that_is_there_waits_for_an_earlier_one_that_is_not(
    helioscope: Cli, tmp_path: Path
) -> None:
    job, out = campaign(tmp_path, "a", "b"), tmp_path / "out"
    assert helioscope("run", job, "--out", out)[0] == 0
    again = ("--tag", "v2", "--set", "counter.ev_per_adu=12.0", "--out", out)
    assert helioscope("reprocess", *again)[0] == 0
    before = below(out, "v2")
    for product in (out / "tags/v2/a/counter").iterdir():
        product.unlink()
    (out / "tags/v2/a/counter").rmdir()
    assert helioscope("reprocess", *again)[0] == 0
    assert below(out, "v2") == before
    assert set(starts(helioscope, *again).values()) == {"nothing"}


GAIN = ("--set", "counter.ev_per_adu=12.0")


@pytest.mark.parametrize("how", ["gone", "cut short"])
def test_time_is_not_counted_twice_where_the_events_of_the_earlier_run_are_lost(
    helioscope: Cli, tmp_path: Path, how: str
) -> None:
    job, out = campaign(tmp_path, "a", "b"), tmp_path / "out"
    assert helioscope("run", job, "--out", out)[0] == 0
    assert helioscope("reprocess", "--tag", "whole", "--out", out)[0] == 0
    lost = [out / "a/counter/events.parquet", out / "tags/whole/a/counter/events.parquet"]

    def lose(path: Path) -> None:
        content = path.read_bytes()
        path.unlink()
        if how == "cut short":
            path.write_bytes(content[:300])

    later = ("reprocess", *GAIN, "--where", 'run = "b"', "--out", out)
    lose(lost[0])
    assert helioscope(*later, "--tag", "copy")[0] == 0  # the tag has its own
    lose(lost[1])
    code, _, err = helioscope(*later, "--tag", "none")
    assert code == 4
    assert "events of run a, which tell what time it covers" in err
    assert not list(out.glob("tags/none/b/*"))
    assert helioscope("run", job, "--replace", "--out", out)[0] == 0
    assert helioscope(*later, "--tag", "again")[0] == 0
    assert below(out, "again") == below(out, "copy")


def test_workers_wait_for_a_run_that_falls_back_to_raw_data(
    helioscope: Cli, tmp_path: Path
) -> None:
    job, out, fresh = campaign(tmp_path, "a", "b"), tmp_path / "out", tmp_path / "fresh"
    assert helioscope("run", job, "--out", out)[0] == 0
    events = out / "a/counter/events.parquet"
    events.write_bytes(events.read_bytes()[:800])
    again = ("--tag", "v2", "--set", "job.untagged=tracking", "--out", out)
    assert starts(helioscope, *again)["a"] == "observables"
    code, _, err = helioscope("reprocess", *again, "--workers", "2")
    assert code == 0, err
    name = 'name = "counter"\n'
    job.write_text(job.read_text().replace(name, f'{name}untagged = "tracking"\n', 1))
    assert helioscope("run", job, "--out", fresh)[0] == 0
    assert below(out, "v2") == contents(fresh)
