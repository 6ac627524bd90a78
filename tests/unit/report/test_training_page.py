"""The report of a training: what stands in it, and that foreign text is escaped."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import awkward as ak
import numpy as np
import pytest
from tests.unit.classification import toys
from tests.unit.discriminators.test_discriminators import SEPARATION, campaign, observables

from helioscope.classification.training import Recipe
from helioscope.core.calibrations.calibrating import CalibrationOutcome
from helioscope.discriminators import TrainingSettings, calibrators
from helioscope.discriminators.separation import CARD
from helioscope.io.parquet import ProductWriter
from helioscope.model.schema import Column, Schema
from helioscope.report.training_page import trained_model, write_report

NAME = "<script>alert(1)</script>"
COLUMNS = [Column(f.name, "float32", "", "A feature.") for f in toys.FEATURES]
SCHEMA = Schema(
    "toy_observables",
    1,
    (
        *COLUMNS,
        Column("energy_kev", "float32", "keV", "Energy."),
        Column("quality", "uint32", "", ""),
    ),
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> CalibrationOutcome:
    """A likelihood ratio, stored as core stores it."""
    folder = tmp_path_factory.mktemp("calibration")
    calibrator = next(c for c in calibrators(SEPARATION) if c.name == "toy-likelihood")
    made = calibrator.calibration(TrainingSettings(), campaign(rows=400))
    for place, files in (("attachments", made.attachments), ("figures", made.figures)):
        (folder / place).mkdir()
        for name, content in files.items():
            (folder / place / name).write_bytes(content)
    row: Any = SimpleNamespace(
        detector="toy", name=NAME, version=3, path=folder, validity="[always, open)"
    )
    figures = tuple(sorted((folder / "figures").glob("*")))
    return CalibrationOutcome(row, made.summary, figures, made=True)


def workspace(folder: Path, science: list[Any]) -> Any:
    return SimpleNamespace(
        plan=SimpleNamespace(science=science), folder=lambda run: folder / run.run.name
    )


def science_run(folder: Path, moved: float) -> Any:
    values, energy = toys.background(np.random.default_rng(1), 3000, 0.0)
    values[:, 5] += moved
    (folder / "science").mkdir()
    with ProductWriter(folder / "science" / "observables.parquet", SCHEMA, {}) as writer:
        writer.write(ak.Array(observables(values, energy)))
    return SimpleNamespace(
        run=SimpleNamespace(name="science"), detector=SimpleNamespace(name="toy")
    )


def test_the_report_shows_figures_and_pictures(stored: CalibrationOutcome, tmp_path: Path) -> None:
    model = trained_model(workspace(tmp_path, []), stored, tmp_path / "model")
    assert model is not None
    page, text = write_report(tmp_path, [model])
    accepted = model.plain()["metrics"]["background_accepted"]
    for written in (page.read_text(), text.read_text()):
        assert f"{accepted['passed']} of" in written
        assert "model/roc.svg" in written
        assert "<script>" not in written
    assert (tmp_path / "model" / "roc.svg").read_bytes().startswith(b"<?xml")
    assert model.drift == []
    assert Recipe("likelihood").folds == model.card["training"]["folds"]


@pytest.mark.parametrize(("moved", "drifted"), [(0.0, False), (60.0, True)])
def test_science_runs_are_compared_with_the_training(
    stored: CalibrationOutcome, tmp_path: Path, moved: float, drifted: bool
) -> None:
    run = science_run(tmp_path, moved)
    model = trained_model(workspace(tmp_path, [run]), stored, tmp_path / "model")
    assert model is not None
    rows = {row["feature"]: row for row in model.drift}
    assert (rows["rise_time_ns"]["distance"] > 4 * rows["rise_time_ns"]["usual"]) == drifted
    assert rows["skew_x"]["distance"] < 3 * rows["skew_x"]["usual"]
    assert "drift_at_hand" in model.pictures
    assert "usual between blocks" in write_report(tmp_path, [model])[0].read_text()


def test_a_calibration_that_is_no_model_has_no_report(
    stored: CalibrationOutcome, tmp_path: Path
) -> None:
    row: Any = SimpleNamespace(detector="toy", name="gain", version=1, path=tmp_path, validity="")
    other = CalibrationOutcome(row, [], (), made=True)
    assert not (tmp_path / "attachments" / CARD).exists()
    assert trained_model(workspace(tmp_path, []), other, tmp_path / "model") is None
