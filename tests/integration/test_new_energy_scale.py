"""An energy scale that is measured anew: archived runs of real detectors start from observables."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from tests.integration.archive_campaign import NEW_SCALES, RUNS, contents

from helioscope.cli.main import main
from helioscope.io.parquet import read_product

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(params=sorted(NEW_SCALES))
def detector(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def job(processed: Path, tmp_path: Path, detector: str) -> Path:
    """The campaign's job with another setting of the detector's energy calibrator."""
    old, new = NEW_SCALES[detector]
    text = (processed / "job.toml").read_text()
    assert old in text
    path = tmp_path / "job.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_it_gives_the_bytes_of_raw_data(
    call: Call, out: Path, processed: Path, job: Path, detector: str, tmp_path: Path
) -> None:
    code, _, errors = call("calibrate", str(job), "--data", str(processed), "--quiet")
    assert code == 0, errors
    code, printed, errors = call("reprocess", "--tag", "v2", "--json", "--dry-run")
    assert code == 0, errors
    starts = {(row["detector"], row["start"]) for row in json.loads(printed)["runs"]}
    others = {"ccd", "micromegas", "tpc"} - {detector}
    assert starts == {(detector, "observables"), *((other, "products") for other in others)}
    why = {row["why"] for row in json.loads(printed)["runs"] if row["detector"] == detector}
    (said,) = why
    assert said.startswith("in its observables: calibration ")
    assert "in its measurement" not in said
    assert call("reprocess", "--tag", "v2")[0] == 0
    with pytest.raises(SystemExit) as end:
        main(["run", str(job), "--data", str(processed), "--out", str(tmp_path / "fresh"),
              "--quiet"])  # fmt: skip
    assert end.value.code == 0
    assert contents(out / "tags/v2") == contents(tmp_path / "fresh")
    before, after = (energies(place, detector) for place in (out, out / "tags/v2"))
    assert before.size == after.size
    assert not np.array_equal(before, after)


def energies(out: Path, detector: str) -> np.ndarray:
    folders = [out / f"{detector}-science-{number:03d}/{detector}" for number in range(RUNS)]
    rows = ak.concatenate([read_product(folder / "candidates.parquet") for folder in folders])
    return np.asarray(rows["energy_kev"])


def test_diff_says_in_words_what_made_them_differ(
    call: Call, out: Path, processed: Path, job: Path, detector: str
) -> None:
    assert call("calibrate", str(job), "--data", str(processed), "--quiet")[0] == 0
    assert call("reprocess", "--tag", "v2", "--where", f'detector = "{detector}"')[0] == 0
    place = f"{detector}-science-000/{detector}"
    for kind, differs in (("candidates", True), ("events", False)):
        one, two = (str(folder / place / f"{kind}.parquet") for folder in (out, out / "tags/v2"))
        printed = call("diff", one, two)[1]
        assert ("calibration" in printed) == differs, printed
