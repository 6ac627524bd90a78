"""Stored products that are damaged or gone: never used, said, and made from what lies deeper."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.integration.archive_campaign import contents
from tests.integration.counter_runs import run_table, write_events, write_job

Cli = Callable[..., tuple[int, str, str]]
Damage = Callable[[Path], object]

SPAN = "start = 2004-05-01T04:00:{}Z\nstop = 2004-05-01T04:00:{}Z\n"


@pytest.fixture
def out(helioscope: Cli, tmp_path: Path) -> Path:
    """Two runs of a counter, processed."""
    job = write_job(tmp_path, "a.root", more=SPAN.format("00", "30"))
    write_events(tmp_path / "a.root")
    write_events(tmp_path / "b.root", np.arange(40.0, 59.0), first_id=100)
    second = run_table("r2", "counter", "b.root") + SPAN.format("40", "59")
    job.write_text(job.read_text() + second)
    assert helioscope("run", job, "--out", tmp_path / "out")[0] == 0
    return tmp_path / "out"


def put(path: Path, content: bytes) -> None:
    """Put a file in the place of one, and leave its other links as they are."""
    path.unlink()
    path.write_bytes(content)


def spoil(path: Path) -> None:
    """Change one byte of a file."""
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    put(path, bytes(content))


def reprocess(helioscope: Cli, out: Path, *more: str) -> tuple[int, dict[str, str], str]:
    """Give the exit code, how each run ended, and what was said."""
    code, printed, err = helioscope("reprocess", "--out", out, "--json", *more)
    found: dict[str, Any] = json.loads(printed) if printed else {"runs": []}
    return code, {row["run"]: row["state"] for row in found["runs"]}, err


def remove(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


def change(name: str) -> Damage:
    return lambda folder: spoil(folder / name)


def no_record(folder: Path) -> None:
    put(folder / "record.json", b"{}")


def record_of_another_run(folder: Path) -> None:
    other = folder.parents[3] / "r2/counter/record.json"
    put(folder / "record.json", other.read_bytes())


def cut_short(name: str) -> Damage:
    return lambda folder: put(folder / name, (folder / name).read_bytes()[:500])


IN_A_TAG: dict[str, tuple[str, Damage]] = {
    "candidates cut": ("candidates.parquet: 500 bytes", cut_short("candidates.parquet")),
    "events cut": ("events.parquet: 500 bytes", cut_short("events.parquet")),
    "observables cut": ("observables.parquet: 500 bytes", cut_short("observables.parquet")),
    "events gone": ("events.parquet: No such file", remove("events.parquet")),
    "record gone": ("no record.json", remove("record.json")),
    "no record": ("record.json: products: Field required", no_record),
    "another's record": ("another lineage than its record", record_of_another_run),
    "nothing there": ("no record.json", lambda folder: [at.unlink() for at in folder.iterdir()]),
}


@pytest.mark.parametrize("what", list(IN_A_TAG))
def test_a_run_that_is_damaged_in_a_tag_fails_alone_until_its_folder_is_removed(
    helioscope: Cli, out: Path, what: str
) -> None:
    words, damage = IN_A_TAG[what]
    tag, place = ("--tag", "v1"), out / "tags/v1/r1/counter"
    assert reprocess(helioscope, out, *tag, "--where", 'run = "r1"')[0] == 0
    damage(place)
    code, printed, _ = helioscope("reprocess", "--out", out, *tag, "--dry-run", "--json")
    plan = {row["run"]: row["why"] for row in json.loads(printed)["runs"]}
    assert code == 0
    assert plan["r1"].startswith(f"damaged: {place}")
    assert words in plan["r1"]
    code, states, err = reprocess(helioscope, out, *tag)
    assert (code, states) == (4, {"r1": "failed", "r2": "linked"})
    assert words in err
    assert "remove its folder, or say 'helioscope run --replace'" in err
    helioscope("verify", "--clean", "--out", out)
    assert reprocess(helioscope, out, *tag)[:2] == (4, {"r1": "failed"})
    shutil.rmtree(place)
    assert reprocess(helioscope, out, *tag, "--failed")[:2] == (0, {"r1": "linked"})
    assert helioscope("verify", "--out", out)[0] == 0


AT_THE_SOURCE: dict[str, tuple[str, str, Damage]] = {
    "candidates": ("candidates.parquet: sha256", "observables", change("candidates.parquet")),
    "live time gone": ("live_time.parquet: no such", "observables", remove("live_time.parquet")),
    "observables": ("observables.parquet: sha256", "raw", change("observables.parquet")),
    "events gone": ("events.parquet: no such file", "raw", remove("events.parquet")),
    "no record": ("record.json: products: Field required", "raw", no_record),
    "record gone": ("no record.json", "raw", remove("record.json")),
}


@pytest.mark.parametrize("what", list(AT_THE_SOURCE))
def test_a_run_whose_stored_products_are_damaged_starts_from_what_lies_deeper(
    helioscope: Cli, out: Path, what: str
) -> None:
    words, start, damage = AT_THE_SOURCE[what]
    whole = contents(out)
    damage(out / "r1/counter")
    code, states, err = reprocess(helioscope, out, "--tag", "v1")
    assert (code, states) == (0, {"r1": "done", "r2": "linked"}), err
    (said,) = (line for line in err.splitlines() if "damaged, and not used" in line)
    assert said.startswith(f"run r1, counter: damaged, and not used: {out / 'r1/counter'}")
    assert words in said
    record = json.loads((out / "tags/v1/r1/counter/record.json").read_text())
    assert (record["timing"]["from"], record["state"]) == (start, "ok")
    assert contents(out / "tags/v1") == whole
    assert reprocess(helioscope, out, "--tag", "v1")[:2] == (0, {})


def test_another_copy_that_is_whole_comes_before_what_lies_deeper(
    helioscope: Cli, out: Path
) -> None:
    whole = contents(out)
    assert reprocess(helioscope, out, "--tag", "v1")[0] == 0
    spoil(out / "r1/counter/observables.parquet")
    code, states, err = reprocess(helioscope, out, "--tag", "v2")
    assert (code, states) == (0, {"r1": "linked", "r2": "linked"})
    assert "observables.parquet: sha256" in err
    assert contents(out / "tags/v2") == whole


def test_two_workers_make_what_could_not_be_linked(helioscope: Cli, out: Path) -> None:
    whole = contents(out)
    for run in ("r1", "r2"):
        spoil(out / run / "counter/observables.parquet")
    code, states, err = reprocess(helioscope, out, "--tag", "v1", "--workers", "2")
    assert (code, states) == (0, {"r1": "done", "r2": "done"})
    assert err.count("observables.parquet: sha256") == 2
    assert contents(out / "tags/v1") == whole


def test_damaged_events_that_tell_what_a_run_covers_hold_up_no_other(
    helioscope: Cli, out: Path
) -> None:
    job = write_job(out.parent, "a.root")
    job.write_text(job.read_text() + run_table("r2", "counter", "b.root"))
    shutil.rmtree(out)
    assert helioscope("run", job, "--out", out)[0] == 0
    whole = contents(out)
    path = out / "r1/counter/events.parquet"
    put(path, path.read_bytes()[:500])
    code, states, err = reprocess(helioscope, out, "--tag", "v1")
    assert (code, states) == (0, {"r1": "done", "r2": "done"}), err
    assert "events.parquet: sha256" in err
    assert contents(out / "tags/v1") == whole


def test_what_lies_beside_the_products_of_a_run_is_left_there(helioscope: Cli, out: Path) -> None:
    (out / "r1/counter/plots").mkdir()
    (out / "r1/counter/note.txt").write_text("mine")
    (out / "r1/counter/elsewhere").symlink_to("/etc")
    assert reprocess(helioscope, out, "--tag", "v1")[:2] == (0, {"r1": "linked", "r2": "linked"})
    names = {path.name for path in (out / "tags/v1/r1/counter").iterdir()}
    assert names == {path.name for path in (out / "r2/counter").iterdir()}
    assert (out / "r1/counter/note.txt").read_text() == "mine"


def test_run_fails_by_damaged_products_alone_and_replaces_them_when_asked(
    helioscope: Cli, out: Path
) -> None:
    whole, job = contents(out), out.parent / "job.toml"
    (out / "r1/counter/record.json").unlink()
    code, printed, err = helioscope("run", job, "--out", out, "--json")
    states = {row["run"]: row["state"] for row in json.loads(printed)}
    assert (code, states) == (4, {"r1": "failed", "r2": "present"})
    assert "no record.json" in err
    assert helioscope("run", job, "--out", out, "--replace")[0] == 0
    assert contents(out) == whole
    assert helioscope("verify", "--out", out)[0] == 0
