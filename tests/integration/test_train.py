"""Training on small simulated Micromegas runs, using the model, and refusing one tampered with."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from helioscope.io.parquet import read_product

Cli = Callable[..., tuple[int, str, str]]
#: name, kind, what the simulator is told, seconds
RUNS = (
    ("pedestal", "pedestal", 'kind = "pedestal"\nevents = 200', 20),
    ("fe55", "fe55", 'kind = "fe55"\nevents = 1800', 60),
    ("xray", "xray", 'kind = "xray"\nevents = 1200', 60),
    ("background", "background", 'kind = "background"\nevents = 1500', 200),
    ("sky", "science", 'kind = "background"\nevents = 500', 70),
    ("source", "science", 'kind = "xray"\nevents = 500', 70),
)
HEAD = """\
[job]
name = "training"
[detectors.micromegas]
discriminator = "micromegas-likelihood"
"""


@pytest.fixture
def trained(helioscope: Cli, tmp_path: Path) -> Path:
    """Simulate the runs, write the job and train on it."""
    text = HEAD
    for number, (name, kind, simulation, seconds) in enumerate(RUNS):
        (tmp_path / "settings.toml").write_text(f"[simulator]\n{simulation}\n")
        start = f"2004-05-01T0{number}:00:00Z"
        code, out, err = helioscope(
            "simulate", "micromegas", "--out", tmp_path / "raw", "--name", name, "--kind", kind,
            "--start", start, "--seconds", seconds, "--settings", tmp_path / "settings.toml",
            "--json",
        )  # fmt: skip
        assert code == 0, err
        file = Path(json.loads(out)["files"][0]).name
        text += f'[[runs]]\nname = "{name}"\ndetector = "micromegas"\nkind = "{kind}"\n'
        text += f'files = ["raw/{file}"]\nstart = {start}\n'
    (tmp_path / "job.toml").write_text(text)
    code, out, err = helioscope("train", tmp_path / "job.toml", "--quiet", "--json")
    assert code == 0, err
    models = {model["calibration"]: model for model in json.loads(out)}
    assert models["micromegas-likelihood"]["metrics"]["background_accepted"]["value"] < 0.2
    assert (tmp_path / "out/training/micromegas").is_dir()
    assert "report: " in err
    return tmp_path


def test_the_trained_model_tells_xrays_from_background_and_no_other_is_run(
    helioscope: Cli, trained: Path, caplog: pytest.LogCaptureFixture
) -> None:
    code, _, err = helioscope("run", trained / "job.toml", "--quiet")
    assert code == 0, err
    assert "calibrated:" not in err
    share = {}
    for run in ("sky", "source"):
        candidates = read_product(trained / f"out/{run}/micromegas/candidates.parquet")
        energy = candidates["energy_kev"]
        share[run] = float((candidates["accepted"][(energy > 2) & (energy < 8)]).to_numpy().mean())
    assert share["source"] > 0.55
    assert share["sky"] < 0.15

    class Harm:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (trained / "code ran",)

    pickle.loads(pickle.dumps(Harm()))  # what a naive loader would do
    (trained / "code ran").unlink()
    folder = trained / "out/calibrations/micromegas/micromegas-likelihood"
    attachments = [p for p in folder.rglob("attachments/*") if p.is_file()]
    assert attachments
    for attachment in attachments:
        attachment.chmod(0o644)
        attachment.write_bytes(pickle.dumps(Harm()))
    for run in ("sky", "source"):
        (trained / f"out/{run}").rename(trained / f"before-{run}")
    code, _, err = helioscope("reprocess", "--tag", "v2", "--out", trained / "out")
    assert code == 4
    assert "micromegas-likelihood" in err
    assert not list(trained.glob("out/tags/v2/*/micromegas"))
    assert helioscope("run", trained / "job.toml", "--quiet")[0] == 0
    assert "micromegas-likelihood of micromegas, v1, is made again" in caplog.text
    assert not (trained / "code ran").exists()


def test_training_without_runs_to_learn_from_says_so(helioscope: Cli, tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_text(
        HEAD + '[[runs]]\nname = "r"\ndetector = "micromegas"\nkind = "science"\nfiles = []\n'
    )
    assert helioscope("train", tmp_path / "job.toml")[0] == 2


def test_a_job_that_trains_nothing_is_refused_before_it_calibrates(
    helioscope: Cli, tmp_path: Path
) -> None:
    """The pedestal file is no ROOT file: making the calibration first would end with 4."""
    (tmp_path / "pedestal.root").write_text("no tree")
    run = '[[runs]]\nname = "p"\ndetector = "micromegas"\nkind = "pedestal"\n'
    (tmp_path / "job.toml").write_text(HEAD + run + 'files = ["pedestal.root"]\n')
    code, _, err = helioscope("train", tmp_path / "job.toml")
    assert code == 2
    assert "kinds pedestal" in err
    assert "micromegas-cuts: fe55 and background" in err
