"""A long run that is judged again: on from the last piece of verdicts, with the same bytes."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.integration.archive_campaign import contents
from tests.integration.counter_runs import write_events, write_job
from tests.integration.judge import DISCRIMINATOR, PIECES, Judge

Cli = Callable[..., tuple[int, str, str]]

#: Rows of three batches and a part of a fourth.
ROWS = 3 * 65536 + 500
JUDGE = ("reprocess", "--tag", "v2", "--set", "counter.dead_time_s=0.001",
         "--set", "detectors.counter.discriminator_settings.minimum_kev=5.5")  # fmt: skip


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory, external_plugin: Path) -> Judge:
    return Judge(tmp_path_factory.mktemp("judged"), external_plugin, DISCRIMINATOR)


@pytest.fixture(scope="module")
def processed(judge: Judge) -> Path:
    """A processed run of so many rows."""
    heights = np.linspace(100, 1000, ROWS).astype(np.float32)
    write_events(judge.folder / "a.root", 0.001 * np.arange(ROWS), heights=heights)
    job = write_job(judge.folder, "a.root")
    job.write_text(job.read_text().replace("settings", 'discriminator = "height"\nsettings', 1))
    code, err, _ = judge("run", job, "--out", judge.folder / "out")
    assert code == 0, err
    return judge.folder / "out"


@pytest.fixture(scope="module")
def undisturbed(judge: Judge, processed: Path) -> Path:
    """The same, judged again in one go."""
    whole = Path(shutil.copytree(processed, judge.folder / "whole"))
    code, err, judged = judge(*JUDGE, "--out", whole)
    assert (code, judged) == (0, [0, 65536, 131072, 196608]), err
    record = json.loads((whole / "tags/v2/r1/counter/record.json").read_text())
    assert record["timing"]["from"] == "observables"
    assert 0 < record["counts"]["accepted"] < ROWS
    return whole


@pytest.fixture
def out(processed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(processed, tmp_path / "out"))


def test_a_killed_judging_goes_on_from_its_last_piece_to_the_same_bytes(
    judge: Judge, out: Path, undisturbed: Path
) -> None:
    code, _, judged = judge(*JUDGE, *PIECES, "--out", out, deadly=131072)
    assert (code, judged) == (-signal.SIGKILL, [0, 65536, 131072])
    kept = sorted(path.name for path in (out / "tags/v2/r1/.counter-pieces").iterdir())
    assert [name for name in kept if not name.startswith(".")] == [
        "000000000000.verdicts.parquet",
        "000000065536.verdicts.parquet",
    ]
    code, err, judged = judge(*JUDGE, *PIECES, "--out", out)
    assert (code, judged) == (0, [131072, 196608]), err
    assert contents(out) == contents(undisturbed)
    assert not (out / "tags/v2/r1/.counter-pieces").exists()


def test_another_cut_between_start_and_going_on_is_refused_and_shown(
    judge: Judge, out: Path
) -> None:
    assert judge(*JUDGE, *PIECES, "--out", out, deadly=131072)[0] == -signal.SIGKILL
    other = [word.replace("5.5", "4.5") for word in JUDGE]
    for refused in ("it is made in another way", "a run that was begun in another way"):
        code, err, judged = judge(*other, *PIECES, "--out", out)
        assert (code, judged) == (2, [])
        assert "setting discriminator.minimum_kev: 5.5 -> 4.5" in err
        assert refused in err
        shutil.rmtree(out / "tags/v2/_settings", ignore_errors=True)  # older versions kept none


@pytest.mark.parametrize("damage", ["bytes", "extent"])
def test_verdicts_that_are_damaged_or_on_other_rows_are_made_again(
    judge: Judge, out: Path, undisturbed: Path, damage: str
) -> None:
    assert judge(*JUDGE, *PIECES, "--out", out, deadly=131072)[0] == -signal.SIGKILL
    size = (out / "r1/counter/observables.parquet").stat().st_size
    pieces = ("--set", f"job.piece_mib={2.2 * size / 4 / 2**20}")  # of two batches each
    if damage == "bytes":
        pieces = PIECES
        path = out / "tags/v2/r1/.counter-pieces/000000000000.verdicts.parquet"
        content = bytearray(path.read_bytes())
        content[len(content) // 3] ^= 1
        path.write_bytes(content)
    code, err, judged = judge(*JUDGE, *pieces, "--out", out)
    assert code == 0, err
    assert judged == ([0, 131072, 196608] if damage == "bytes" else [0, 65536, 131072, 196608])
    assert contents(out) == contents(undisturbed)
