"""The sequential cuts: what each asks, and the table of what they leave."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from helioscope.api import Run, Setup
from helioscope_tpc.cuts import CUTS, TpcCutsSettings, diffusion_mm
from helioscope_tpc.plugin import CUTS as DISCRIMINATOR
from helioscope_tpc.plugin import DETECTOR

from .chamber import setup_of, simulated, written

Cli = Callable[..., tuple[int, str, str]]

JOB = """
[job]
name = "cuts"
[detectors.tpc]
settings = {{ use_pedestals = false, use_gains = false }}
discriminator = "tpc-sequential"
[[runs]]
name = "night"
detector = "tpc"
kind = "science"
files = ["{file}"]
start = 2004-05-01T00:00:00Z
stop = 2004-05-01T01:00:00Z
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> ak.Array:
    folder: Path = tmp_path_factory.mktemp("mixed")
    raw, _ = simulated(folder, source="axion", photons=400, muons=150, gammas=150, recoils=30)
    return DETECTOR.reconstruction(setup_of())(raw).observables


def judged(rows: ak.Array, cuts: TpcCutsSettings) -> ak.Array:
    return DISCRIMINATOR.discrimination(Setup("tpc", Run("r", "science"), cuts))(rows)


def test_accepts_what_passes_every_cut_and_scores_the_share(rows: ak.Array) -> None:
    cuts = TpcCutsSettings()
    result = judged(rows, cuts)
    passed = np.array([cut.passes(rows, cuts) for cut in CUTS])
    assert 0 < np.sum(result["accepted"]) < len(rows)
    np.testing.assert_array_equal(result["accepted"], passed.all(axis=0))
    np.testing.assert_array_equal(np.asarray(result["score"]) == 1, result["accepted"])


def test_a_run_records_what_each_cut_removed_and_inspect_shows_it(
    helioscope: Cli, tmp_path: Path
) -> None:
    made = written(tmp_path, source="axion", photons=150, muons=60, gammas=60)
    (tmp_path / "job.toml").write_text(JOB.format(file=made.files[0].name))
    arguments = ("run", tmp_path / "job.toml", "--data", tmp_path, "--out", tmp_path / "out")
    assert helioscope(*arguments)[0] == 0
    folder = tmp_path / "out/night/tpc"
    code, text, _ = helioscope("inspect", folder, "--json")
    found = json.loads(text)
    assert code == 0
    whole, *flow, by_quality = found["cut_flow"]
    observables = ak.from_parquet(folder / "observables.parquet")
    assert (whole["cut"], whole["left"]) == ("all rows", len(observables))
    assert [row["cut"] for row in flow] == [cut.name for cut in CUTS]
    rest = np.ones(len(observables), bool)
    for row, cut in zip(flow, CUTS, strict=True):
        passes = cut.passes(observables, TpcCutsSettings())
        rest &= passes
        assert (row["removed_alone"], row["left"]) == ((~passes).sum(), rest.sum())
    assert by_quality["cut"] == "quality bits that exclude"
    assert by_quality["left"] == found["counts"]["accepted"] > 0
    code, text, _ = helioscope("inspect", folder)
    assert "removed_in_sequence" in text
    assert "veto coincidence" in text


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("energy_kev", (3.0, 4.0)),
        ("charge_ratio", (0.44, 0.46)),
        ("time_difference_us", (0.0, 0.005)),
        ("width_us", (0.345, 0.35)),
        ("anode_multiplicity", (2, 2)),
        ("cathode_multiplicity", (3, 3)),
        ("duration_us", (0.75, 0.85)),
        ("spread_x_mm", (1.5, 1.7)),
        ("spread_y_mm", (2.5, 2.8)),
        ("diffusion_mm", (1.8, 1.9)),
    ],
)
def test_each_cut_value_is_used(rows: ak.Array, setting: str, value: tuple[float, float]) -> None:
    cuts = TpcCutsSettings()
    narrow = cuts.model_copy(update={setting: value})
    kept = judged(rows, narrow)["accepted"]
    assert np.sum(kept) < np.sum(judged(rows, cuts)["accepted"])
    of = diffusion_mm(rows) if setting == "diffusion_mm" else np.asarray(rows[setting])
    values = of[np.asarray(kept)]
    assert ((values >= value[0]) & (values <= value[1])).all()


def test_diffusion_joins_both_planes() -> None:
    rows = ak.Array({"spread_x_mm": [2.0, 1.0], "spread_y_mm": [2.0, 3.0]})
    np.testing.assert_allclose(diffusion_mm(rows), [2.0, np.sqrt(0.8 + 0.2 * 9)])


def test_muons_that_the_veto_saw_are_rejected(rows: ak.Array) -> None:
    since = np.asarray(rows["veto_difference_us"])
    struck = (since >= 0) & (since <= 10)
    assert struck.any()
    assert not np.asarray(judged(rows, TpcCutsSettings())["accepted"])[struck].any()


def test_no_rows_are_no_decisions(rows: ak.Array) -> None:
    assert len(judged(rows[:0], TpcCutsSettings())) == 0
