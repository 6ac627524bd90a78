"""Real TREX-DM data, from the .aqs file to observables, against REST-for-Physics' own."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from helioscope.api import InputError, SourceRequest
from helioscope.cli.main import cli
from helioscope_micromegas.detector import raw
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.sources import AQS

DATA = Path(os.environ.get("HELIOSCOPE_REALDATA", ""))
FOLDER = DATA / "trexdm_aqs"
JOB = Path(__file__).parent / "trexdm.toml"
SCHEMA = raw(MicromegasSettings(readout="waveforms"))

pytestmark = pytest.mark.skipif(
    not os.environ.get("HELIOSCOPE_REALDATA"), reason="HELIOSCOPE_REALDATA is not set"
)

#: REST's column, ours, relative and absolute tolerance.
COLUMNS = (
    ("baseline_mean", "baseline_mean_adu", 1e-5, 0.0),
    ("baseline_sigma_mean", "baseline_sigma_adu", 1e-5, 0.0),
    ("energy", "energy_adu", 1e-6, 0.0),
    ("energy_x", "energy_x_adu", 1e-6, 0.0),
    ("energy_y", "energy_y_adu", 1e-6, 0.0),
    ("x_mean_mm", "x_mm", 0.0, 1e-4),
    ("y_mean_mm", "y_mm", 0.0, 1e-4),
)


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trexdm")
    done = CliRunner().invoke(cli(), ["run", str(JOB), "--data", str(DATA), "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out / "R01928" / "micromegas"


@pytest.fixture(scope="module")
def observables(products: Path) -> dict[str, np.ndarray]:
    table = pq.read_table(products / "observables.parquet")
    return {name: table[name].to_numpy() for name in table.column_names if "veto" not in name}


@pytest.mark.parametrize(("theirs", "ours", "relative", "absolute"), COLUMNS)
def test_every_event_agrees_with_rest(
    observables: dict[str, np.ndarray], theirs: str, ours: str, relative: float, absolute: float
) -> None:
    lines = (FOLDER / "reference_first_25.csv").read_text().splitlines()
    table = csv.DictReader(line for line in lines if not line.startswith("#"))
    reference = np.array([float(row[theirs]) for row in table])
    assert reference.size == 25
    found = observables[ours][:25]
    assert np.allclose(found, reference, rtol=relative, atol=absolute or 1e-9), found - reference


def test_one_row_for_each_event_with_a_good_signal(observables: dict[str, np.ndarray]) -> None:
    assert (observables["n_good"] >= 1).all()
    assert (np.diff(observables["event_id"]) > 0).all()
    assert observables["event_id"].max() <= 125


def test_events_seen_by_one_axis_are_no_candidates(
    products: Path, observables: dict[str, np.ndarray]
) -> None:
    accepted = pq.read_table(products / "candidates.parquet")["accepted"].to_numpy()
    one = (observables["n_clusters_x"] == 0) != (observables["n_clusters_y"] == 0)
    assert one.sum() == 21
    assert not accepted[one].any()
    assert accepted.any()


def changed(place: int, flip: int, content: bytes, path: Path) -> str:
    """Read the file with one byte changed; say how it ended."""
    damaged = bytearray(content)
    damaged[place] ^= flip
    path.write_bytes(bytes(damaged))
    try:
        batches = list(AQS.read(SourceRequest(path, SCHEMA, {"truncated": "keep"}, 200, 10**9)))
    except InputError:
        return "refused"
    numbers = np.concatenate([np.asarray(batch["event_id"]) for batch in batches])
    return "whole" if numbers.tolist() == list(range(1, 126)) else "wrong"


def test_changed_bytes_of_the_real_file_never_lose_events_silently(tmp_path: Path) -> None:
    """The one thing a cut file cannot show is a change of its very end."""
    content = next(FOLDER.glob("*.aqs")).read_bytes()[:551_580]
    rng = np.random.default_rng(11)
    places = rng.integers(6, len(content), 300)
    ends = [
        changed(int(place), int(flip), content, tmp_path / "run.aqs")
        for place, flip in zip(places, rng.integers(1, 256, 300), strict=True)
    ]
    assert set(ends) == {"refused", "whole"}
