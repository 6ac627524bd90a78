"""Products of every released data model stay readable, to the last value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import awkward as ak
import pytest

from helioscope.catalog.lineage import Lineage
from helioscope.io.parquet import read_header, read_product

#: A folder for each data model: small files of our own simulation, and what is in them.
MODELS = sorted((Path(__file__).parent / "data_models").glob("v*"))
FILES = [path for model in MODELS for path in sorted(model.glob("*.parquet"))]
#: What every data model must have a file of.
CALIBRATIONS = ("ccd_fe55", "micromegas_energy", "tpc_drift", "tpc_energy_scale")
DETECTORS = ("ccd", "micromegas", "tpc")
KINDS = (
    {"events", "candidates", "live_time"}
    | {f"observables_{detector}" for detector in DETECTORS}
    | {f"calibration_{name}" for name in CALIBRATIONS}
)


def plain(value: Any) -> Any:
    """Give a value as JSON writes it in ``values.json``: NaN as text."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, float) and value != value else value


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.name)
def test_each_data_model_has_a_file_of_each_product(model: Path) -> None:
    assert {path.stem for path in model.glob("*.parquet")} == KINDS


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_values_are_what_they_were(path: Path) -> None:
    expected = json.loads((path.parent / "values.json").read_text(encoding="utf-8"))[path.stem]
    assert len(expected) > 0
    assert plain(ak.to_list(read_product(path))) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_lineage_is_still_understood(path: Path) -> None:
    metadata = read_header(path).metadata
    if path.stem.startswith("calibration"):
        assert "lineage" not in metadata
        return
    lineage = Lineage.from_json(json.dumps(metadata["lineage"]))
    assert lineage.kind == path.stem.split("_")[0] or lineage.kind == path.stem
    assert f"v{lineage.data_model}" == path.parent.name
