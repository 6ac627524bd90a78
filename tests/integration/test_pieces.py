"""Long runs in pieces: the same bytes whichever way they are made, and on from the last piece."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uproot
from tests.integration.archive_campaign import contents
from tests.integration.long_runs import PIECES, begun, hidden, long_job, write_run

from helioscope.catalog.store import open_catalog
from helioscope.core.events import border

Cli = Callable[..., tuple[int, str, str]]

#: Kills the process of the edited plugin at an event while a file lies beside the data.
KILL = """\
        if 9000 in np.asarray(raw["event_id"]) and __import__("os").path.exists({flag!r}):
            __import__("os").kill(__import__("os").getpid(), 9)
"""


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return long_job(tmp_path)


@pytest.fixture
def undisturbed(helioscope: Cli, job: Path, tmp_path: Path) -> dict[str, bytes]:
    """The products of the run in one piece."""
    text = job.read_text()
    job.write_text(text.replace(PIECES, ""))
    assert helioscope("run", job, "--out", tmp_path / "whole")[0] == 0
    job.write_text(text)
    record = json.loads((tmp_path / "whole/r1/counter/record.json").read_text())
    assert record["counts"]["duplicates_rejected"] == 3000
    assert record["counts"]["events_with_quality_bit"]["time_jump"] == 1
    return contents(tmp_path / "whole")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the batches stood that a detector was given."""
    places: list[str] = []
    inner = border.reconstructed

    def counted(*arguments: object) -> object:
        places.append(str(arguments[3]))
        return inner(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(border, "reconstructed", counted)
    return places


def test_pieces_of_a_rotten_file_that_was_put_back_since_are_made_again(
    helioscope: Cli, job: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    out, raw = tmp_path / "out", tmp_path / "a.root"
    assert helioscope("run", job, "--out", out)[0] == 0
    shutil.rmtree(out / "r1")
    times, good = raw.stat(), raw.read_bytes()
    write_run(raw, 0, 17_900, 0.5)
    rotten = raw.read_bytes().ljust(len(good), b"\0")
    assert len(rotten) == len(good)
    for content in (rotten, good):
        raw.write_bytes(content)
        os.utime(raw, ns=(times.st_atime_ns, times.st_mtime_ns))
        if content is rotten:
            assert len(begun(job, out, 3)) == 3
    assert helioscope("run", job, "--out", out)[0] == 0
    assert contents(out) == undisturbed


def test_pieces_and_workers_change_no_byte(
    helioscope: Cli, job: Path, undisturbed: dict[str, bytes], tmp_path: Path, made: list[str]
) -> None:
    assert helioscope("run", job, "--out", tmp_path / "one")[0] == 0
    assert contents(tmp_path / "one") == undisturbed
    assert len(made) == 5 + 1 + 1 + 1
    made.clear()
    assert helioscope("run", job, "--out", tmp_path / "two", "--workers", "2")[0] == 0
    assert contents(tmp_path / "two") == undisturbed
    assert made == []  # other processes made them
    assert hidden(tmp_path / "one") == hidden(tmp_path / "two") == []


def test_only_what_was_not_finished_is_made(
    helioscope: Cli, job: Path, undisturbed: dict[str, bytes], tmp_path: Path, made: list[str]
) -> None:
    finished = begun(job, tmp_path / "out", 3)
    assert len(finished) == len(made) == 3
    (row,) = json.loads(helioscope("run", job, "--out", tmp_path / "out", "--dry-run", "--json")[1])
    assert (row["does"], row["why"]) == ("go on", "it was begun: 3 of its pieces are there")
    finished[1].write_bytes(finished[1].read_bytes()[:-30])  # no piece any more
    made.clear()
    assert helioscope("run", job, "--out", tmp_path / "out")[0] == 0
    assert [place.split(",")[1] for place in made] == [f" batch {n}" for n in (1, 3, 4, 5, 6, 7)]
    assert contents(tmp_path / "out") == undisturbed
    assert hidden(tmp_path / "out") == []


@pytest.fixture
def edited_plugin(
    external_plugin: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Path]:
    """Install, for other processes, a counter that kills its own while a file is there."""
    copy = Path(shutil.copytree(external_plugin, tmp_path / "installed"))
    source, flag = copy / "proportional_counter/plugin.py", tmp_path / "deadly"
    start = "    def reconstruct(raw: ak.Array) -> Reconstructed:\n"
    assert start in source.read_text()
    code = start + KILL.format(flag=str(flag)) + "        __import__('time').sleep(0.05)\n"
    source.write_text(source.read_text().replace(start, code))
    shutil.rmtree(copy / "proportional_counter/__pycache__", ignore_errors=True)
    monkeypatch.setenv("PYTHONPATH", str(copy))
    monkeypatch.syspath_prepend(str(copy))
    flag.touch()
    yield flag
    flag.unlink(missing_ok=True)


def test_a_piece_that_kills_its_process_fails_its_run_and_leaves_the_others(
    helioscope: Cli, job: Path, undisturbed: dict[str, bytes], edited_plugin: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, told, err = helioscope("run", job, "--out", out, "--workers", "2", "--json")
    assert (code, json.loads(told)[0]["state"]) == (6, "failed")
    assert "SIGKILL" in err
    assert "piece 3 of" in err
    kept = {path: path.stat().st_mtime_ns for path in out.rglob("*.events.parquet")}
    assert "000002.events.parquet" not in {path.name for path in kept}
    assert len(kept) >= 5
    edited_plugin.unlink()
    seen = dict(kept)
    assert helioscope("run", job, "--out", out, "--workers", "2")[0] == 0
    assert seen == kept
    assert contents(out) == undisturbed
    assert hidden(out) == []


def killed(job: Path, out: Path, pieces: int) -> None:
    """Start a job with two workers and kill it when so many of its pieces are there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "helioscope.cli.main", "run", job, "--out", out, "--workers", "2"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None and len(list(out.rglob("*.events.parquet"))) < pieces:
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL


def test_killed_within_a_run_again_and_again_it_comes_to_the_same_bytes(
    helioscope: Cli, job: Path, undisturbed: dict[str, bytes], edited_plugin: Path, tmp_path: Path
) -> None:
    edited_plugin.unlink()
    out, counted = tmp_path / "out", 0
    for pieces in (1, 3, 5):
        killed(job, out, pieces)
        there = len(list(out.rglob("*.events.parquet")))
        assert there >= pieces
        assert there >= counted
        counted = there
    assert helioscope("run", job, "--out", out)[0] == 0
    assert contents(out) == undisturbed
    assert helioscope("verify", "--clean", "--out", out)[0] == 0
    assert helioscope("verify", "--out", out)[0] == 0
    assert hidden(out) == []
    with open_catalog(out / "catalog.sqlite") as catalog:
        assert len(catalog.products()) == 4


def damage(path: Path, basket: int) -> None:
    """Overwrite bytes of a basket of the event numbers."""
    with uproot.open(path) as file:
        place = int(file["events"]["event_id"].member("fBasketSeek")[basket])
    content = bytearray(path.read_bytes())
    content[place + 90 : place + 400] = bytes(310)
    path.write_bytes(content)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_of_which_no_piece_can_be_made_leaves_nothing(
    helioscope: Cli, job: Path, tmp_path: Path, workers: int
) -> None:
    for name in "bcd":
        damage(tmp_path / f"{name}.root", 0)
    job.write_text(job.read_text().replace('"a.root", ', ""))
    assert helioscope("run", job, "--out", tmp_path / "out", "--workers", workers)[0] == 4
    assert hidden(tmp_path / "out") == []


def test_a_bad_file_is_left_out_in_the_same_way(helioscope: Cli, job: Path, tmp_path: Path) -> None:
    damage(tmp_path / "a.root", 3)
    records, products = [], []
    text = job.read_text()
    for name, pieces, workers in (("whole", "", 1), ("one", PIECES, 1), ("two", PIECES, 2)):
        job.write_text(text.replace(PIECES, pieces))
        out = tmp_path / name
        called = helioscope("run", job, "--out", out, "--workers", workers, "--skip-bad")
        assert called[0] == 3
        record = json.loads((out / "r1/counter/record.json").read_text())
        records.append([record[key] for key in ("skipped", "counts", "live_time", "warnings")])
        products.append(contents(out))
    ((skipped,), counts, _, _) = records[0]
    assert 0 < skipped["events_used"] < 9000
    assert counts["events_read"] == skipped["events_used"] + 4000
    assert records[0] == records[1] == records[2]
    assert products[0] == products[1] == products[2]
    assert helioscope("run", job, "--out", tmp_path / "strict")[0] == 4


def test_pieces_with_a_bad_file_left_out_are_not_taken_by_who_does_not_leave_it_out(
    helioscope: Cli, job: Path, tmp_path: Path
) -> None:
    (tmp_path / "b.root").write_bytes((tmp_path / "b.root").read_bytes()[:-400])
    out = tmp_path / "out"
    begun(job, out, 6, skip_bad=True)
    code, _, err = helioscope("run", job, "--out", out)
    assert code == 4
    assert "b.root" in err
    assert helioscope("run", job, "--out", out, "--skip-bad")[0] == 3
    assert hidden(out) == []


def test_verify_knows_pieces_that_nobody_works_on(
    helioscope: Cli, job: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    begun(job, out, 2)
    folder = out / "r1/.counter-pieces"
    with open_catalog(out / "catalog.sqlite", root=out) as catalog:
        number = catalog.start_job("run", "", None, None)
        assert helioscope("verify", "--clean", "--out", out)[0] == 0
        assert folder.is_dir()  # a job is running: this process
        catalog.finish_job(number, "interrupted")
    code, told, _ = helioscope("verify", "--out", out, "--json")
    assert code == 3
    assert ".counter-pieces" in told
    assert helioscope("verify", "--clean", "--out", out)[0] == 0
    assert not folder.exists()
