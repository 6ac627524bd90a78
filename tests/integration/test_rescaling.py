"""A new gain of a detector whose energies come last: from stored observables, not from raw."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.integration.archive_campaign import contents
from tests.integration.counter_runs import write_events, write_job
from tests.integration.judge import DISCRIMINATOR, PIECES, Judge

#: Rows of two batches and a part of a third.
ROWS = 2 * 65536 + 500
SCALED = """

from helioscope.api import Rescaling, with_columns

SCALED = products.OBSERVABLES.extended(
    "scaled", 1, [Column("pulse_height_adu", "float32", "adu", "Height of the pulse.")]
)


def rescaling(setup):
    def rescale(rows):
        energy = np.asarray(rows["pulse_height_adu"]) * np.float32(setup.config.ev_per_adu / 1000)
        return with_columns(rows, {"energy_kev": energy, "energy_err_kev": 0.2 * np.sqrt(energy)})

    return rescale


def measured(setup):
    bare, rescale = reconstruction(setup), rescaling(setup)

    def reconstruct(raw):
        result = bare(raw)
        heights = raw["pulse_height_adu"][raw["pulse_height_adu"] > 0]
        rows = ak.with_field(result.observables, heights, "pulse_height_adu")
        return result._replace(observables=rescale(rows))

    return reconstruct


@hookimpl
def helioscope_detectors():
    return [
        Detector("proportional-counter", 1, CounterSettings, lambda _config: RAW, SCALED, measured,
                 rescaling=Rescaling(rescaling, settings=("ev_per_adu",)))
    ]
"""
GAIN = ("reprocess", "--tag", "v2", "--set", "counter.ev_per_adu=11.5")


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory, external_plugin: Path) -> Judge:
    steady = DISCRIMINATOR.replace("0.01 * noise", "0 * noise")  # batches from raw are others
    return Judge(tmp_path_factory.mktemp("rescaled"), external_plugin, steady + SCALED)


@pytest.fixture(scope="module")
def job(judge: Judge) -> Path:
    """The job of a run of so many rows, every tenth of which left none."""
    heights = np.linspace(100, 1000, ROWS * 10 // 9).astype(np.float32)
    heights[::10] = -1
    times = 0.001 * np.arange(heights.size)
    times[1000] -= 0.005  # the clock went back: an event with a bit
    write_events(judge.folder / "a.root", times, heights=heights)
    job = write_job(judge.folder, "a.root")
    job.write_text(job.read_text().replace("settings", 'discriminator = "height"\nsettings', 1))
    return job


@pytest.fixture(scope="module")
def processed(judge: Judge, job: Path) -> Path:
    code, err, _ = judge("run", job, "--out", judge.folder / "out")
    assert code == 0, err
    return judge.folder / "out"


@pytest.fixture(scope="module")
def fresh(judge: Judge, job: Path) -> Path:
    """The same run made from raw data with the new gain."""
    other = judge.folder / "other.toml"
    other.write_text(job.read_text().replace("ev_per_adu = 10.0", "ev_per_adu = 11.5"))
    code, err, _ = judge("run", other, "--out", judge.folder / "fresh")
    assert code == 0, err
    return judge.folder / "fresh"


@pytest.fixture
def out(processed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(processed, tmp_path / "out"))


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "r1/counter/record.json").read_text())
    return found


def test_it_gives_the_bytes_and_counts_of_raw_data_and_links_what_the_gain_leaves_alone(
    judge: Judge, out: Path, fresh: Path
) -> None:
    code, err, judged = judge(*GAIN, "--out", out)
    assert (code, len(judged)) == (0, 3), err
    assert contents(out / "tags/v2") == contents(fresh)
    assert contents(out / "r1") != contents(fresh / "r1")
    new, other = record(out / "tags/v2"), record(fresh)
    assert (new["timing"]["from"], other["timing"]["from"]) == ("observables", "raw")
    same = ("counts", "live_time", "lineage", "products", "inputs", "skipped", "warnings")
    assert {key: new[key] for key in same} == {key: other[key] for key in same}
    assert new["counts"]["events_with_quality_bit"] == {"time_backwards": 1}
    assert new["counts"]["events"] > new["counts"]["observables"] > 2 * 65536
    for kind, linked in (
        ("events", True), ("live_time", True), ("observables", False), ("candidates", False),
    ):  # fmt: skip
        one, two = (out / place / f"r1/counter/{kind}.parquet" for place in ("", "tags/v2"))
        assert one.samefile(two) == linked, kind


def test_the_plan_says_so_and_estimates_from_the_last_time(judge: Judge, out: Path) -> None:
    step = planned(judge, out, *GAIN)
    assert step["start"] == "observables"
    assert step["why"] == "in its observables: setting detector.ev_per_adu: 10.0 -> 11.5"
    assert step["estimate_s"] is None
    assert judge(*GAIN, "--out", out)[0] == 0
    again = ("reprocess", "--tag", "v3", "--set", "counter.ev_per_adu=12.0")
    took_s = record(out / "tags/v2")["timing"]["elapsed_s"]
    assert planned(judge, out, *again)["estimate_s"] == pytest.approx(took_s, abs=0.01)


def test_a_setting_of_the_measurement_needs_raw_data(judge: Judge, out: Path) -> None:
    step = planned(judge, out, *GAIN, "--set", "counter.dead_time_s=0.002")
    assert step["start"] == "raw"
    assert "setting detector.dead_time_s: 0.001 -> 0.002" in step["why"]


def test_new_tags_of_time_beside_a_new_gain_make_the_live_time_anew(
    judge: Judge, out: Path, job: Path
) -> None:
    moved = judge.folder / "moved.toml"
    moved.write_text(job.read_text().replace("04:00:20Z", "04:00:25Z"))
    code, err, _ = judge(*GAIN, "--out", out, "--job", moved, "--data", judge.folder)
    assert code == 0, err
    live = {row["tag"]: row["elapsed_s"] for row in record(out / "tags/v2")["live_time"]}
    assert live["tracking"] == pytest.approx(15.0)
    assert record(out / "tags/v2")["timing"]["from"] == "observables"
    code, err, _ = judge("verify", "--out", out)
    assert code == 0, err


def test_a_killed_rescaling_goes_on_from_its_last_piece_to_the_same_bytes(
    judge: Judge, out: Path, fresh: Path
) -> None:
    first_of_second = 10 * 65536 // 9 + 1
    code, _, judged = judge(*GAIN, *PIECES, "--out", out, deadly=first_of_second)
    assert (code, judged) == (-signal.SIGKILL, [1, first_of_second])
    code, err, judged = judge(*GAIN, *PIECES, "--out", out)
    assert (code, judged[0], len(judged)) == (0, first_of_second, 2), err
    assert contents(out / "tags/v2") == contents(fresh)
    code, err, _ = judge("verify", "--clean", "--out", out)
    assert code == 0, err


@pytest.mark.parametrize("kind", ["observables", "events"])
def test_stored_products_that_are_damaged_are_not_built_on(
    judge: Judge, out: Path, fresh: Path, kind: str
) -> None:
    path = out / f"r1/counter/{kind}.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    code, err, _ = judge(*GAIN, "--workers", "2", "--out", out)
    assert code == 0, err
    assert f"damaged, and not used: {path}: sha256" in err
    assert record(out / "tags/v2")["timing"]["from"] == "raw"
    assert contents(out / "tags/v2") == contents(fresh)
    shutil.rmtree(out / "tags/v2")
    path.unlink()
    assert planned(judge, out, *GAIN)["start"] == "raw"


def planned(judge: Judge, out: Path, *arguments: str) -> dict[str, Any]:
    """Give the one step of a plan."""
    code, err, _ = judge(*arguments, "--dry-run", "--json", "--out", out)
    assert code == 0, err
    (step,) = json.loads(judge.printed)["runs"]
    return dict(step)
