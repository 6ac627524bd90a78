"""What a run does when its input is wrong, each fault made for real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.integration.counter_runs import write_events, write_job

from helioscope.catalog.store import open_catalog
from helioscope.io.parquet import read_product

Cli = Callable[..., tuple[int, str, str]]
SPAN = "start = 2004-05-01T04:00:00Z\nstop = 2004-05-01T04:00:30Z\n"


def nothing_left(out: Path) -> bool:
    """Say whether no product and no temporary file stands below a folder."""
    return not [*out.rglob("*.parquet"), *out.rglob("*part*"), *out.rglob("record.json")]


def test_a_truncated_file_fails_its_run_and_leaves_nothing(helioscope: Cli, tmp_path: Path) -> None:
    path = write_events(tmp_path / "a.root")
    path.write_bytes(path.read_bytes()[:-400])
    code, _, err = helioscope("run", write_job(tmp_path, "a.root"), "--out", tmp_path / "out")
    assert code == 4
    assert "a.root" in err
    assert nothing_left(tmp_path / "out")


def test_with_skip_bad_the_rest_is_done_and_the_file_listed(
    helioscope: Cli, tmp_path: Path
) -> None:
    bad = write_events(tmp_path / "b.root")
    bad.write_bytes(bad.read_bytes()[:300])
    write_events(tmp_path / "a.root")
    job = write_job(tmp_path, "a.root", "b.root")
    code, out, err = helioscope("run", job, "--out", tmp_path / "out", "--skip-bad", "--json")
    (outcome,) = json.loads(out)
    assert code == 3
    assert outcome["counts"]["events"] == 30
    assert outcome["skipped"][0]["file"].endswith("b.root")
    assert "b.root" in err
    record = json.loads((tmp_path / "out/r1/counter/record.json").read_text())
    assert record["skipped"][0]["fault"]["exit_code"] == 4


def test_a_byte_flipped_in_a_known_input_is_noticed(helioscope: Cli, tmp_path: Path) -> None:
    path = write_events(tmp_path / "a.root")
    job = write_job(tmp_path, "a.root")
    assert helioscope("run", job, "--out", tmp_path / "out")[0] == 0
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1_000_000))
    (tmp_path / "out/r1").rename(tmp_path / "gone")
    code, _, err = helioscope("run", job, "--out", tmp_path / "out")
    assert code == 4
    assert "a.root" in err


def test_a_short_file_is_suspect_where_the_run_book_knows_better(
    helioscope: Cli, tmp_path: Path
) -> None:
    write_events(tmp_path / "a.root")
    job = write_job(tmp_path, "a.root", more="events = 35\n")
    code, out, err = helioscope("run", job, "--out", tmp_path / "out", "--json")
    assert code == 0
    assert "run book says 35" in err
    assert json.loads((tmp_path / "out/r1/counter/record.json").read_text())["state"] == "suspect"
    assert json.loads(out)[0]["warnings"]


def test_a_run_book_that_is_corrected_judges_products_that_are_there(
    helioscope: Cli, tmp_path: Path
) -> None:
    write_events(tmp_path / "a.root")
    job, out = write_job(tmp_path, "a.root"), tmp_path / "out"
    reprocess = ("reprocess", "--out", out, "--job", job, "--tag")
    assert helioscope("run", job, "--out", out)[0] == 0
    assert helioscope(*reprocess, "v1")[0] == 0
    write_job(tmp_path, "a.root", more="events = 35\n")
    states = []
    for call in ((*reprocess, "v2"), (*reprocess, "v1"), ("run", job, "--out", out)):
        code, _, err = helioscope(*call)
        assert (code, "30 events were read, the run book says 35" in err) == (0, True)
        records = [out / place / "r1/counter/record.json" for place in ("tags/v2", "tags/v1", "")]
        states.append([json.loads(path.read_text())["state"] for path in records if path.exists()])
    assert states == [["suspect", "ok", "ok"], ["suspect", "suspect", "ok"], ["suspect"] * 3]
    assert "suspect" in helioscope("catalog", "list", "--out", out)[1]
    assert "nothing to do" in helioscope(*reprocess, "v1")[2]
    assert (
        helioscope("catalog", "mark", "counter", "r1", "ok", "--reason", "so", "--out", out)[0] == 0
    )
    assert helioscope("run", job, "--out", out)[0] == 0
    assert "suspect" not in helioscope("catalog", "list", "--out", out)[1]
    assert helioscope("verify", "--out", out)[0] == 0


def test_a_run_book_that_is_right_again_leaves_the_mark_by_hand_alone(
    helioscope: Cli, tmp_path: Path
) -> None:
    write_events(tmp_path / "a.root")
    out, other = tmp_path / "out", "30 events were read, the run book says 35"
    mark = ("catalog", "mark", "counter", "r1", "suspect", "--reason", "shutter", "--out", out)

    def known(events: int) -> tuple[str, str]:
        job = write_job(tmp_path, "a.root", more=f"events = {events}\n")
        assert helioscope("run", job, "--out", out)[0] == 0
        with open_catalog(out / "catalog.sqlite") as catalog:
            run = catalog.run("counter", "r1")
        return run.state, run.reason

    assert [known(35), known(30)] == [("suspect", other), ("ok", "")]
    assert helioscope(*mark)[0] == 0
    assert known(35) == ("suspect", f"shutter; {other}")
    assert known(36) == ("suspect", f"shutter; {other[:-2]}36")
    assert known(30) == ("suspect", "shutter")


def test_a_run_without_events_has_valid_empty_products_and_no_exposure(
    helioscope: Cli, tmp_path: Path
) -> None:
    write_events(tmp_path / "a.root", np.empty(0))
    code, out, _ = helioscope(
        "run", write_job(tmp_path, "a.root"), "--out", tmp_path / "out", "--json"
    )
    assert code == 0
    assert all(row["live_s"] == 0 for row in json.loads(out)[0]["live_time"])
    assert len(read_product(tmp_path / "out/r1/counter/candidates.parquet")) == 0


def test_a_file_of_no_bytes_is_a_run_without_events(
    helioscope: Cli, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It shows no format, so that no source can recognise it, and none has to."""
    (tmp_path / "a.root").touch()
    job = write_job(tmp_path, "a.root", more=SPAN)
    code, out, err = helioscope("run", job, "--out", tmp_path / "out", "--json")
    (outcome,) = json.loads(out)
    assert code == 0, err
    assert "a.root: the file is empty" in caplog.text
    assert outcome["counts"]["events_read"] == 0
    assert all(row["live_s"] == 0 for row in outcome["live_time"])
    assert outcome["warnings"] == ["a.root holds no byte"]
    (tmp_path / "a.root").write_bytes(bytes(3))
    code, _, err = helioscope("run", job, "--out", tmp_path / "again", "--json")
    assert code == 4
    assert "no source recognises" in err


def test_a_clock_that_goes_back_is_flagged_in_order(helioscope: Cli, tmp_path: Path) -> None:
    write_events(tmp_path / "a.root", np.array([0.0, 1, 2, 1.5, 3, 3, 7000]))
    job = write_job(tmp_path, "a.root", more=SPAN)
    code, out, err = helioscope("run", job, "--out", tmp_path / "out", "--json")
    (outcome,) = json.loads(out)
    bits = outcome["counts"]["events_with_quality_bit"]
    assert code == 0
    assert bits == {"time_backwards": 1, "time_repeated": 1, "time_jump": 1}
    assert "time_backwards" in err
    events = read_product(tmp_path / "out/r1/counter/events.parquet")
    assert events["event_id"].tolist() == list(range(7))
    assert sum(row["live_s"] for row in outcome["live_time"]) == pytest.approx(30, abs=0.01)


def test_an_event_in_two_files_counts_once(helioscope: Cli, tmp_path: Path) -> None:
    write_events(tmp_path / "a.root", np.arange(20.0))
    write_events(tmp_path / "b.root", np.arange(10.0, 30.0), first_id=10)
    job = write_job(tmp_path, "a.root", "b.root", more=SPAN)
    code, out, err = helioscope("run", job, "--out", tmp_path / "out", "--json")
    counts = json.loads(out)[0]["counts"]
    assert code == 0
    assert (counts["events_read"], counts["duplicates_rejected"], counts["events"]) == (40, 10, 30)
    assert "came twice" in err


def test_runs_that_overlap_count_their_exposure_once(helioscope: Cli, tmp_path: Path) -> None:
    write_events(tmp_path / "a.root", np.arange(20.0))
    write_events(tmp_path / "b.root", np.arange(10.0, 30.0), first_id=10)
    job = write_job(
        tmp_path, "a.root", more="start = 2004-05-01T04:00:00Z\nstop = 2004-05-01T04:00:20Z\n"
    )
    second = (
        '[[runs]]\nname = "r2"\ndetector = "counter"\nfiles = ["b.root"]\n'
        "start = 2004-05-01T04:00:10Z\nstop = 2004-05-01T04:00:30Z\n"
    )
    job.write_text(job.read_text() + second)
    code, out, _ = helioscope("run", job, "--out", tmp_path / "out", "--json")
    outcomes = json.loads(out)
    elapsed = [
        row["elapsed_s"]
        for outcome in outcomes
        for row in outcome["live_time"]
        if row["tag"] != "excluded"
    ]
    assert code == 0
    assert sum(elapsed) == pytest.approx(30)
    (overlap,) = [row for row in outcomes[1]["live_time"] if row["tag"] == "excluded"]
    assert overlap["elapsed_s"] == 10
    assert "overlaps run r1" in overlap["reason"]


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a\\u0000b", "x" * 300, "rаn", ".hidden", ""])
def test_a_run_name_that_could_leave_its_folder_is_refused(
    helioscope: Cli, tmp_path: Path, name: str
) -> None:
    write_events(tmp_path / "a.root")
    job = write_job(tmp_path, "a.root", run=name)
    assert helioscope("run", job, "--out", tmp_path / "out")[0] == 2


def test_an_output_that_is_a_symbolic_link_is_refused(helioscope: Cli, tmp_path: Path) -> None:
    write_events(tmp_path / "a.root")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/r1").symlink_to(tmp_path / "elsewhere")
    code, _, err = helioscope("run", write_job(tmp_path, "a.root"), "--out", tmp_path / "out")
    assert code == 5
    assert "symbolic link" in err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_products_of_other_settings_are_never_mixed_with_new_ones(
    helioscope: Cli, tmp_path: Path
) -> None:
    write_events(tmp_path / "a.root")
    out = tmp_path / "out"
    assert helioscope("run", write_job(tmp_path, "a.root"), "--out", out)[0] == 0
    before = (out / "r1/counter/candidates.parquet").read_bytes()
    other = write_job(tmp_path, "a.root", gain=11.0)
    code, _, err = helioscope("run", other, "--out", out)
    assert code == 2
    assert "ev_per_adu: 10.0 -> 11.0" in err
    assert (out / "r1/counter/candidates.parquet").read_bytes() == before
    assert helioscope("run", other, "--out", out, "--replace")[0] == 0
    energies = read_product(out / "r1/counter/candidates.parquet")["energy_kev"]
    assert np.allclose(np.asarray(energies), 6.6)


#: Kills its process when the new products are about to take the place of the old ones.
KILL_BETWEEN = """\
import os, pathlib, signal, sys
from helioscope.cli.main import main
rename = pathlib.Path.rename
def killing(self, target):
    if "-partial-" in self.name:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
pathlib.Path.rename = killing
main(sys.argv[1:])
"""


@pytest.mark.parametrize("then", ["run", "verify"])
def test_a_kill_while_products_are_replaced_loses_neither_the_old_nor_the_new(
    helioscope: Cli, external_plugin: Path, tmp_path: Path, then: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    write_events(tmp_path / "a.root")
    out, folder = tmp_path / "out", tmp_path / "out/r1/counter"
    assert helioscope("run", write_job(tmp_path, "a.root"), "--out", out)[0] == 0
    before = (folder / "candidates.parquet").read_bytes()
    other = write_job(tmp_path, "a.root", gain=11.0)
    monkeypatch.setenv("PYTHONPATH", str(external_plugin))
    replacing = ["run", str(other), "--out", str(out), "--replace"]
    done = subprocess.run([sys.executable, "-c", KILL_BETWEEN, *replacing], capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not folder.exists()
    if then == "verify":
        assert helioscope("verify", "--clean", "--out", out)[0] == 0
        assert helioscope("verify", "--out", out)[0] == 0
    else:  # the old products stand again: without --replace other settings are refused
        assert helioscope("run", other, "--out", out)[0] == 2
    assert (folder / "candidates.parquet").read_bytes() == before
    assert helioscope(*replacing)[0] == 0
    assert (folder / "candidates.parquet").read_bytes() != before
    assert [path.name for path in folder.parent.iterdir()] == ["counter"]
    assert helioscope("verify", "--out", out)[0] == 0


def test_the_same_job_twice_gives_the_same_bytes_and_does_nothing_the_second_time(
    helioscope: Cli, tmp_path: Path
) -> None:
    write_events(tmp_path / "a.root")
    job = write_job(tmp_path, "a.root")
    for name in ("first", "second"):
        assert helioscope("run", job, "--out", tmp_path / name)[0] == 0
    for kind in ("events", "observables", "candidates", "live_time"):
        first, second = (
            (tmp_path / name / f"r1/counter/{kind}.parquet").read_bytes()
            for name in ("first", "second")
        )
        assert first == second, kind
    stamp = (tmp_path / "first/r1/counter/record.json").stat().st_mtime_ns
    code, out, _ = helioscope("run", job, "--out", tmp_path / "first", "--json")
    assert (code, json.loads(out)[0]["state"]) == (0, "present")
    assert (tmp_path / "first/r1/counter/record.json").stat().st_mtime_ns == stamp
