"""Inputs that change: after they became known, while they are read, between two calls."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
from tests.integration.archive_campaign import contents
from tests.integration.counter_runs import run_table, write_events, write_job
from tests.integration.long_runs import hidden, long_job

from helioscope.catalog.store import open_catalog

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def out(helioscope: Cli, tmp_path: Path) -> Path:
    """Two runs of a counter, processed."""
    write_events(tmp_path / "a.root")
    write_events(tmp_path / "b.root", np.arange(40.0, 60.0), first_id=100)
    job = write_job(tmp_path, "a.root")
    job.write_text(job.read_text() + run_table("r2", "counter", "b.root"))
    assert helioscope("run", job, "--out", tmp_path / "out")[0] == 0
    return tmp_path / "out"


def flip(path: Path) -> None:
    """Flip one bit in the midst of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1_000_000))


def digests(out: Path) -> dict[str, str]:
    with open_catalog(out / "catalog.sqlite") as catalog:
        return {file.path.name: file.sha256 for run in catalog.runs() for file in run.files}


def test_a_flipped_byte_is_noticed_where_the_products_are_there(
    helioscope: Cli, out: Path, tmp_path: Path
) -> None:
    before = contents(out), digests(out)
    flip(tmp_path / "a.root")
    code, printed, err = helioscope("run", tmp_path / "job.toml", "--out", out, "--json")
    assert code == 4
    assert {row["run"]: row["state"] for row in json.loads(printed)} == {
        "r1": "failed", "r2": "present",
    }  # fmt: skip
    assert before[1]["a.root"] in err
    assert (contents(out), digests(out)) == before


def test_a_flipped_byte_fails_its_run_alone_in_a_reprocessing(
    helioscope: Cli, out: Path, tmp_path: Path
) -> None:
    before = digests(out)
    flip(tmp_path / "a.root")
    again = ["reprocess", "--tag", "v2", "--set", "counter.ev_per_adu=12.0", "--out", out]
    plan = json.loads(helioscope(*again, "--dry-run", "--json")[1])
    why = {row["run"]: row["why"] for row in plan["runs"]}
    assert before["a.root"] not in why["r2"]
    assert "a.root" in why["r1"]
    assert "sha256" in why["r1"]
    code, _, err = helioscope(*again)
    assert code == 4
    assert before["a.root"] in err
    assert {path.split("/")[2] for path in contents(out) if path.startswith("tags")} == {"r2"}
    assert digests(out) == before
    add = ["catalog", "add", tmp_path, "--detector", "counter", "--plugin", "proportional-counter"]
    assert helioscope(*add, "--replace", "--out", out)[0] in (0, 3)
    assert helioscope(*again, "--where", 'run = "r1"')[0] == 0
    assert digests(out) != before


def test_a_file_that_is_gone_fails_its_run_alone_in_a_reprocessing(
    helioscope: Cli, out: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.root").rename(tmp_path / "elsewhere")
    again = ["reprocess", "--tag", "v2", "--set", "counter.ev_per_adu=12.0", "--out", out]
    plan = json.loads(helioscope(*again, "--dry-run", "--json")[1])
    assert "a.root" in {row["run"]: row["why"] for row in plan["runs"]}["r1"]
    code, printed, err = helioscope(*again, "--json")
    assert code == 4
    assert "a.root" in err
    states = {row["run"]: row["state"] for row in json.loads(printed)["runs"]}
    assert states == {"r1": "failed", "r2": "done"}
    code, printed, _ = helioscope(*again, "--json", "--failed", "--workers", "2")
    assert (code, [row["run"] for row in json.loads(printed)["runs"]]) == (4, ["r1"])
    (tmp_path / "elsewhere").rename(tmp_path / "a.root")
    assert helioscope(*again, "--failed")[0] == 0


def test_a_file_that_may_not_be_opened_any_more_fails_its_run_alone(
    helioscope: Cli, out: Path, tmp_path: Path, refuse_to_open: Callable[[str], None]
) -> None:
    refuse_to_open("a.root")
    call = ("run", tmp_path / "job.toml", "--out", tmp_path / "new", "--json")
    code, printed, err = helioscope(*call)
    assert (code, "a.root: Permission denied" in err) == (4, True)
    states = {row["run"]: row["state"] for row in json.loads(printed)}
    assert states == {"r1": "failed", "r2": "done"}


def test_a_file_gone_from_a_pattern_does_not_make_the_run_silently_short(
    helioscope: Cli, tmp_path: Path
) -> None:
    write_events(tmp_path / "x1.root")
    write_events(tmp_path / "x2.root", np.arange(40.0, 60.0), first_id=100)
    out = tmp_path / "out"
    assert helioscope("run", write_job(tmp_path, "x*.root"), "--out", out)[0] == 0
    (tmp_path / "x2.root").unlink()
    again = ["reprocess", "--tag", "v2", "--set", "counter.ev_per_adu=12.0", "--out", out]
    code, _, err = helioscope(*again)
    assert code == 4
    assert "x2.root" in err
    assert not (out / "tags/v2/r1/counter").exists()


def rot(path: Path) -> None:
    """Flip one bit as a disk does: the size and the time stay."""
    before = path.stat()
    flip(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_rot_in_a_raw_file_is_noticed_by_who_reads_it_and_nothing_is_made_of_it(
    helioscope: Cli, out: Path, tmp_path: Path
) -> None:
    before, good = digests(out), (tmp_path / "a.root").read_bytes()
    rot(tmp_path / "a.root")
    again = ["reprocess", "--tag", "v2", "--set", "counter.ev_per_adu=12.0", "--out", out]
    code, _, err = helioscope(*again)
    assert code == 4
    assert "a.root" in err
    assert before["a.root"] in err
    assert {path.split("/")[2] for path in contents(out) if path.startswith("tags")} == {"r2"}
    assert helioscope("reprocess", "--tag", "links", "--out", out)[0] == 0  # it reads no raw file
    assert helioscope("run", tmp_path / "job.toml", "--out", out)[0] == 0
    job = write_job(tmp_path, "a.root", gain=12.0)
    assert helioscope("run", job, "--out", out, "--replace")[0] == 4
    (tmp_path / "a.root").write_bytes(good)
    assert helioscope(*again, "--failed")[0] == 0


def test_pieces_that_workers_made_of_a_rotten_file_are_taken_away(
    helioscope: Cli, tmp_path: Path
) -> None:
    job, out = long_job(tmp_path), tmp_path / "out"
    assert helioscope("run", job, "--out", out)[0] == 0
    rot(tmp_path / "d.root")
    again = ["reprocess", "--tag", "v2", "--set", "counter.ev_per_adu=12.0", "--out", out]
    code, _, err = helioscope(*again, "--workers", "2")
    assert code == 4
    assert "though size and time stayed" in err
    assert hidden(out) == []


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def rewrite(path: Path) -> None:
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))


def exchange(path: Path) -> None:
    status = path.stat()
    path.with_suffix(".new").write_bytes(path.read_bytes())
    path.with_suffix(".new").replace(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("change", [append, rewrite, exchange, Path.unlink])
@pytest.mark.parametrize("changed", ["a.root", "b.root"])
def test_a_file_that_changes_while_its_run_is_read_is_noticed_at_the_end(
    helioscope: Cli, external_plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], None], changed: str,
) -> None:  # fmt: skip
    from proportional_counter import plugin

    write_events(tmp_path / "a.root")
    write_events(tmp_path / "b.root", np.arange(40.0, 60.0), first_id=100)
    job = write_job(tmp_path, "a.root", "b.root")
    original, left = plugin.reconstruction, [tmp_path / changed]

    def reconstruction(setup: Any) -> Callable[[ak.Array], object]:
        inner = original(setup)

        def reconstruct(raw: ak.Array) -> object:
            if 100 in np.asarray(raw["event_id"]) and left:
                change(left.pop())
            return inner(raw)

        return reconstruct

    monkeypatch.setattr(plugin, "reconstruction", reconstruction)
    for options in ((), ("--skip-bad",)):
        left[:] = [tmp_path / changed]
        code, _, err = helioscope("run", job, "--out", tmp_path / "out", *options)
        assert code == 4
        assert changed in err
        assert contents(tmp_path / "out") == {}
        write_events(tmp_path / "a.root")
        write_events(tmp_path / "b.root", np.arange(40.0, 60.0), first_id=100)
    left.clear()
    assert helioscope("run", job, "--out", tmp_path / "out")[0] == 0
