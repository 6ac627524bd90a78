"""The seed of a run follows from what is in the lineage of its observables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helioscope.api import Detector, InputError, Run, Settings, products
from helioscope.core.jobs.workspace import seed
from helioscope.job.plan import PlannedDetector, PlannedRun

DETECTOR = Detector(
    "d", 1, Settings, lambda _config: products.RAW, products.OBSERVABLES, lambda _setup: None
)


@pytest.fixture
def planned(tmp_path: Path) -> PlannedRun:
    files = tmp_path / "a", tmp_path / "b"
    for path in files:
        path.write_bytes(path.name.encode() * 10)
    entry = PlannedDetector("east", DETECTOR, Settings())
    return PlannedRun(Run("r1", "science", 0, 10), entry, files)


def test_it_is_that_of_the_same_files_under_any_name(planned: PlannedRun, tmp_path: Path) -> None:
    moved = tuple(path.rename(tmp_path / f"{path.name}.raw") for path in planned.files)
    for path in planned.files:
        path.write_bytes(moved[planned.files.index(path)].read_bytes())
    west = replace(planned.detector, name="west")
    other = replace(planned, run=Run("r2", "calibration"), detector=west, files=moved)
    assert seed(other) == seed(planned)


def test_other_files_or_another_detector_have_another(planned: PlannedRun) -> None:
    first, second = planned.files
    detector = replace(planned.detector, detector=replace(DETECTOR, name="e"))
    seeds = {
        seed(planned),
        seed(replace(planned, files=(second, first))),
        seed(replace(planned, files=(first,))),
        seed(replace(planned, detector=detector)),
    }
    second.write_bytes(b"longer than before")
    assert len(seeds | {seed(planned)}) == 5


def test_a_file_that_is_gone_is_named(planned: PlannedRun) -> None:
    planned.files[1].unlink()
    with pytest.raises(InputError, match="/b"):
        seed(planned)
