"""A calibration that fails ends its detector's part of a job, and no other's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from tests.integration.counter_runs import run_table, write_events, write_job

from helioscope.api import (
    Calibrated,
    CalibrationInput,
    Calibrator,
    Column,
    InputError,
    Schema,
    Settings,
    hookimpl,
)

Cli = Callable[..., tuple[int, str, str]]
Runs = Mapping[str, list[CalibrationInput]]
TABLE = Schema("scale", 1, (Column("scale", "float64", "", "Scale."),))
GOOD = Calibrated(ak.Array({"scale": np.ones(1)}), [{"scale": 1.0}])
SPARE = '[detectors.spare]\nplugin = "proportional-counter"\nsettings = { ev_per_adu = 3.0 }\n'


@dataclass
class Scale:
    """What the calibrator of a counter with more than 5 eV a count gives, and its kinds of run."""

    gives: Callable[[], object] = lambda: GOOD
    kinds: list[str] = field(default_factory=lambda: ["fe55"])

    def __call__(self, _config: Settings, runs: Runs) -> object:
        (run,) = runs["fe55"]
        return self.gives() if run.setup.config.ev_per_adu > 5 else GOOD


@pytest.fixture
def scale(external_plugin: Path, monkeypatch: pytest.MonkeyPatch) -> Scale:
    """A calibrator of the counter, to be told what it gives."""
    monkeypatch.syspath_prepend(str(external_plugin))
    from proportional_counter import plugin

    told = Scale()

    def helioscope_calibrators() -> list[Calibrator]:
        kinds = tuple(told.kinds)
        name = "proportional-counter"
        return [Calibrator("scale", name, 1, Settings, kinds, "raw", TABLE, told)]

    monkeypatch.setattr(
        plugin, "helioscope_calibrators", hookimpl(helioscope_calibrators), raising=False
    )
    return told


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """Two detectors, each with a calibration run and a science run."""
    write_events(tmp_path / "a.root")
    path = write_job(tmp_path, "a.root")
    more = SPARE + run_table("r2", "spare", "a.root")
    for number, detector in enumerate(("counter", "spare")):
        more += run_table(f"c{number}", detector, "a.root") + 'kind = "fe55"\n'
    path.write_text(path.read_text() + more)
    return path


def fails() -> object:
    raise ZeroDivisionError("no line")


def refuses() -> object:
    raise InputError(where="run c0", found="no line", expected="the line of 55Fe")


FAULTS = pytest.mark.parametrize(
    ("gives", "code", "found"),
    [
        (fails, 6, "ZeroDivisionError: no line"),
        (refuses, 4, "the line of 55Fe"),
        (lambda: None, 6, "NoneType, expected Calibrated"),
        (lambda: GOOD._replace(summary={"scale": 1.0}), 6, "summary"),
    ],
    ids=["raises", "refuses", "none", "summary"],
)


@FAULTS
def test_the_other_detector_is_calibrated_and_done(
    helioscope: Cli, scale: Scale, job: Path, tmp_path: Path,
    gives: Callable[[], object], code: int, found: str,
) -> None:  # fmt: skip
    scale.gives = gives
    ended, out, err = helioscope("run", job, "--out", tmp_path / "out", "--json")
    states = {row["run"]: (row["state"], row["fault"]) for row in json.loads(out)}
    assert (ended, states["r2"]) == (code, ("done", None))
    assert states["r1"][0] == "failed"
    assert states["r1"][1]["exit_code"] == code
    assert err.count("calibrating counter failed: ") == err.count(found) == 1
    assert not (tmp_path / "out/r1").exists()
    known = helioscope("catalog", "calibrations", "--out", tmp_path / "out", "--json")[1]
    assert [row["detector"] for row in json.loads(known)] == ["spare"]


@FAULTS
def test_calibrate_goes_on_and_tells_the_fault_at_the_end(
    helioscope: Cli, scale: Scale, job: Path, tmp_path: Path,
    gives: Callable[[], object], code: int, found: str,
) -> None:  # fmt: skip
    scale.gives = gives
    ended, out, err = helioscope("calibrate", job, "--out", tmp_path / "out", "--json")
    assert (ended, [row["detector"] for row in json.loads(out)]) == (code, ["spare"])
    assert found in err.partition("calibrating counter failed: ")[2]
    scale.gives = lambda: GOOD
    ended, out, _ = helioscope("calibrate", job, "--out", tmp_path / "out", "--json")
    assert (ended, [row["detector"] for row in json.loads(out)]) == (0, ["counter", "spare"])


def test_several_processes_do_the_runs_of_the_other_detector(
    helioscope: Cli, scale: Scale, job: Path, tmp_path: Path
) -> None:
    scale.gives = fails
    out = ("--out", tmp_path / "out", "--workers", "2", "--json")
    code, printed, _ = helioscope("run", job, *out)
    states = {row["run"]: row["state"] for row in json.loads(printed)}
    assert (code, states) == (6, {"r1": "failed", "r2": "done"})


def test_a_detector_without_science_runs_fails_the_job_too(
    helioscope: Cli, scale: Scale, job: Path, tmp_path: Path
) -> None:
    scale.gives = fails
    science = 'name = "r1"\ndetector = '
    job.write_text(job.read_text().replace(f'{science}"counter"', f'{science}"spare"'))
    code, printed, err = helioscope("run", job, "--out", tmp_path / "out", "--json")
    assert (code, {row["state"] for row in json.loads(printed)}) == (6, {"done"})
    assert "calibrating counter failed: " in err


def test_a_calibrator_that_lacks_a_kind_of_run_is_not_in_the_plan(
    helioscope: Cli, scale: Scale, job: Path, tmp_path: Path
) -> None:
    arguments = ("run", job, "--out", tmp_path / "out", "--dry-run", "--json")
    plan = {row["run"]: row for row in json.loads(helioscope(*arguments)[1])}
    assert (plan["c0"]["does"], plan["c0"]["why"]) == ("calibrate", "for scale")
    scale.kinds.append("dark")
    plan = {row["run"]: row for row in json.loads(helioscope(*arguments)[1])}
    assert plan["c0"]["does"] == "nothing"
    assert "runs of other kinds" in plan["c0"]["why"]
