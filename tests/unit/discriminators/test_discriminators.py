"""Discriminators and calibrators as a detector lists them, from runs to decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import awkward as ak
import numpy as np
import pytest
from tests.unit.classification import toys

from helioscope.discriminators import (
    Separation,
    TrainingSettings,
    WorkingPointSettings,
    calibrators,
    discriminators,
)
from helioscope.discriminators.calibrators import WORKING_POINTS
from helioscope.discriminators.runs import Thinned
from helioscope.errors import InputError, UsageError
from helioscope.model.products import DISCRIMINATION, DISCRIMINATION_BY_CUTS
from helioscope.model.quality import EDGE, SATURATED
from helioscope.model.schema import Schema, check
from helioscope.plugin import Calibrated, Calibration, CalibrationInput, Run, Setup

SEPARATION = Separation(
    "toy", toys.FEATURES, xray_lines_kev={"fe55": (2.96, 5.9), "xray": ()}, line_resolution=0.09
)
DISCRIMINATORS = {item.name: item for item in discriminators(SEPARATION)}
CALIBRATORS = {item.name: item for item in calibrators(SEPARATION)}


def observables(values: np.ndarray, energy: np.ndarray, quality: int = 0) -> ak.Array:
    columns = {f.name: values[:, i].astype(np.float32) for i, f in enumerate(toys.FEATURES)}
    return ak.Array(
        {
            **columns,
            "energy_kev": energy.astype(np.float32),
            "quality": np.full(len(energy), quality, np.uint32),
        }
    )


def run(name: str, kind: str, batch: ak.Array, pieces: int = 1) -> CalibrationInput:
    def batches() -> Iterator[ak.Array]:
        edges = np.linspace(0, len(batch), pieces + 1).astype(int)
        return (batch[low:high] for low, high in pairwise(edges))

    return CalibrationInput(Setup("toy", Run(name, kind), None), batches)


def campaign(seed: int = 5, rows: int = 900, pieces: int = 1) -> dict[str, list[CalibrationInput]]:
    rng = np.random.default_rng(seed)
    runs: dict[str, list[CalibrationInput]] = {"fe55": [], "xray": [], "background": []}
    for number in range(3):
        iron = toys.iron(rng, rows)
        broad = np.exp(rng.uniform(np.log(0.8), np.log(11), 4 * rows))
        for kind, true in (("fe55", iron), ("xray", broad)):
            batch = observables(toys.xrays(rng, true, 0.0), toys.smeared(rng, true, 1.0))
            runs[kind].append(run(f"{kind}-{number}", kind, batch, pieces))
        batch = observables(*toys.background(rng, 2 * rows, 0.0))
        runs["background"].append(run(f"background-{number}", "background", batch, pieces))
    return runs


@pytest.fixture(scope="module")
def calibrated() -> dict[str, Calibrated]:
    runs = campaign()
    return {name: c.calibration(TrainingSettings(), runs) for name, c in CALIBRATORS.items()}


def setup_of(name: str, made: Calibrated, efficiency: float = 0.8) -> Setup:
    calibration = Calibration(
        name, made.table, attachments=made.attachments, metadata=made.metadata
    )
    return Setup(
        "toy",
        Run("science", "science", start_ns=10**18),
        WorkingPointSettings(efficiency=efficiency),
        {name: (calibration,)},
    )


def schema_of(name: str) -> Schema:
    return DISCRIMINATION_BY_CUTS if name == "toy-cuts" else DISCRIMINATION


def test_cuts_say_by_name_which_of_them_a_row_fails(calibrated: dict[str, Calibrated]) -> None:
    discriminator = DISCRIMINATORS["toy-cuts"]
    names = discriminator.cuts(WorkingPointSettings())
    assert names == ("finite features", *(feature.name for feature in toys.FEATURES))
    assert DISCRIMINATORS["toy-likelihood"].cuts(WorkingPointSettings()) == ()
    discriminate = discriminator.discrimination(setup_of("toy-cuts", calibrated["toy-cuts"]))
    rng = np.random.default_rng(81)
    values, energy = toys.xrays(rng, np.full(300, 5.9), 0.0), np.full(300, 5.9)
    whole = discriminate(observables(values, energy))
    failed = np.asarray(whole["cuts_failed"])
    np.testing.assert_array_equal(failed == 0, whole["accepted"])
    assert 0 < (failed == 0).sum() < 300
    values[:, 1] = 1e6
    values[7, 1] = np.nan
    far = np.asarray(discriminate(observables(values, energy))["cuts_failed"])
    assert far[7] == 1
    others = np.arange(300) != 7
    np.testing.assert_array_equal(far[others], failed[others] | np.uint64(1 << 2))


def test_a_detector_gets_three_of_each() -> None:
    names = ["toy-cuts", "toy-likelihood", "toy-classifier"]
    assert list(DISCRIMINATORS) == list(CALIBRATORS) == names
    for name in names:
        (need,) = DISCRIMINATORS[name].calibrations(WorkingPointSettings())
        assert need.name == name == CALIBRATORS[name].name
        assert CALIBRATORS[name].run_kinds == ("fe55", "background")
        assert CALIBRATORS[name].optional_kinds == ("xray",)
        assert CALIBRATORS[name].product == "observables"


@pytest.mark.parametrize("name", list(DISCRIMINATORS))
def test_decisions_on_fresh_runs(calibrated: dict[str, Calibrated], name: str) -> None:
    made = calibrated[name]
    assert not check(made.table, WORKING_POINTS)
    json.dumps([made.summary, made.metadata], allow_nan=False)
    discriminate = DISCRIMINATORS[name].discrimination(setup_of(name, made))
    rng = np.random.default_rng(77)
    lines = np.repeat((1.5, 3.0, 4.5, 5.9, 8.0), 2000)
    xrays = observables(toys.xrays(rng, lines, 0.0), toys.smeared(rng, lines, 1.0))
    judged = discriminate(xrays)
    assert not check(judged, schema_of(name))
    for line in np.unique(lines):
        efficiency = np.asarray(judged["accepted"])[lines == line].mean()
        assert efficiency == pytest.approx(0.8, abs=0.05), f"{line} keV"
    background = discriminate(observables(*toys.background(rng, 20000, 0.0)))
    assert np.asarray(background["accepted"]).mean() < 0.01
    assert np.asarray(background["score"]).mean() < 0.1 < np.asarray(judged["score"]).mean()


@pytest.mark.parametrize("name", list(DISCRIMINATORS))
def test_the_working_point_is_a_setting(calibrated: dict[str, Calibrated], name: str) -> None:
    rng = np.random.default_rng(78)
    lines = np.full(4000, 3.0)
    batch = observables(toys.xrays(rng, lines, 0.0), toys.smeared(rng, lines, 1.0))
    accepted = [
        np.asarray(
            DISCRIMINATORS[name].discrimination(setup_of(name, calibrated[name], e))(batch)[
                "accepted"
            ]
        )
        for e in (0.5, 0.71, 0.9)
    ]
    for wanted, found in zip((0.5, 0.71, 0.9), accepted, strict=True):
        assert found.mean() == pytest.approx(wanted, abs=0.05)
    assert (accepted[0] <= accepted[1]).all()
    assert (accepted[1] <= accepted[2]).all()


@pytest.mark.parametrize("name", list(DISCRIMINATORS))
def test_rows_that_are_not_finite_are_never_accepted(
    calibrated: dict[str, Calibrated], name: str
) -> None:
    rng = np.random.default_rng(79)
    lines = np.full(200, 5.9)
    values, energy = toys.xrays(rng, lines, 0.0), toys.smeared(rng, lines, 1.0)
    discriminate = DISCRIMINATORS[name].discrimination(setup_of(name, calibrated[name]))
    whole = discriminate(observables(values, energy))
    values[::2, 1], energy[1] = np.nan, np.inf
    judged = discriminate(observables(values, energy))
    assert not check(judged, schema_of(name))
    broken = np.zeros(200, bool)
    broken[::2] = broken[1] = True
    assert not np.asarray(judged["accepted"])[broken].any()
    assert (np.asarray(judged["score"])[broken] == 0).all()
    np.testing.assert_array_equal(
        np.asarray(judged["score"])[~broken], np.asarray(whole["score"])[~broken]
    )


@pytest.mark.parametrize("name", list(DISCRIMINATORS))
def test_empty_batches_and_borders_change_nothing(
    calibrated: dict[str, Calibrated], name: str
) -> None:
    rng = np.random.default_rng(80)
    batch = observables(*toys.background(rng, 1001, 0.0))
    discriminate = DISCRIMINATORS[name].discrimination(setup_of(name, calibrated[name]))
    assert len(discriminate(batch[:0])) == 0
    assert not check(discriminate(batch[:0]), schema_of(name))
    whole = discriminate(batch)
    parts = ak.concatenate([discriminate(batch[:7]), discriminate(batch[7:])])
    assert ak.array_equal(whole, parts)


@pytest.mark.parametrize("name", list(CALIBRATORS))
def test_training_is_the_same_whatever_the_batches(
    calibrated: dict[str, Calibrated], name: str
) -> None:
    again = CALIBRATORS[name].calibration(TrainingSettings(), campaign(pieces=7))
    assert again.attachments == calibrated[name].attachments
    assert again.metadata == calibrated[name].metadata


def test_a_card_that_the_catalogue_does_not_know_is_refused(
    calibrated: dict[str, Calibrated],
) -> None:
    name = "toy-cuts"
    setup = setup_of(name, calibrated[name]._replace(metadata={"card_digest": "00"}))
    with pytest.raises(InputError, match="digest"):
        DISCRIMINATORS[name].discrimination(setup)
    setup = setup_of(name, calibrated[name]._replace(attachments={}))
    with pytest.raises(InputError, match="no card"):
        DISCRIMINATORS[name].discrimination(setup)


def test_a_detector_whose_features_changed_refuses_its_old_model(
    calibrated: dict[str, Calibrated],
) -> None:
    name = "toy-classifier"
    changed = Separation("toy", toys.FEATURES[::-1])
    other = {item.name: item for item in discriminators(changed)}[name]
    with pytest.raises(UsageError, match="features in order"):
        other.discrimination(setup_of(name, calibrated[name]))


def test_validity_from_the_settings_reaches_the_model() -> None:
    settings = TrainingSettings(valid_from="2002-01-01T00:00:00Z", valid_to="2002-02-01T00:00:00Z")
    name = "toy-cuts"
    made = CALIBRATORS[name].calibration(settings, campaign(rows=300))
    with pytest.raises(UsageError, match="valid"):
        DISCRIMINATORS[name].discrimination(setup_of(name, made))
    with pytest.raises(UsageError, match="valid_from"):
        CALIBRATORS[name].calibration(TrainingSettings(valid_from="soon"), campaign(rows=300))


def test_bad_rows_do_not_teach() -> None:
    """Excluded quality and energies beside the lines of the source are left out."""
    runs = campaign(rows=400)
    name = "toy-cuts"
    clean = CALIBRATORS[name].calibration(TrainingSettings(), runs)
    rng = np.random.default_rng(3)
    wrong, energy = toys.background(rng, 500, 0.0)
    beside = np.full(500, 4.2)
    runs["fe55"][0] = with_more(runs["fe55"][0], observables(wrong, energy, SATURATED.mask))
    runs["fe55"][1] = with_more(runs["fe55"][1], observables(wrong, beside))
    assert CALIBRATORS[name].calibration(TrainingSettings(), runs).table.tolist() == (
        clean.table.tolist()
    )
    runs["fe55"][2] = with_more(runs["fe55"][2], observables(wrong, np.full(500, 5.9), EDGE.mask))
    assert CALIBRATORS[name].calibration(TrainingSettings(), runs).table.tolist() != (
        clean.table.tolist()
    )


def with_more(given: CalibrationInput, batch: ak.Array) -> CalibrationInput:
    return CalibrationInput(given.setup, lambda: iter([*given.batches(), batch]))


def test_a_missing_kind_of_run_is_said() -> None:
    runs = campaign(rows=200)
    with pytest.raises(UsageError, match="background"):
        CALIBRATORS["toy-cuts"].calibration(TrainingSettings(), {"fe55": runs["fe55"]})
    with pytest.raises(UsageError, match="fe55"):
        CALIBRATORS["toy-cuts"].calibration(TrainingSettings(), {"background": runs["background"]})
    only = {kind: runs[kind] for kind in ("fe55", "background")}
    CALIBRATORS["toy-cuts"].calibration(TrainingSettings(), only)


@pytest.mark.parametrize("sizes", [[1000], [1] * 1000, [3, 0, 500, 497]])
def test_thinning_does_not_depend_on_batches(sizes: list[int]) -> None:
    rows = np.arange(1000.0).reshape(-1, 1)
    thinned = Thinned(100)
    first = 0
    for size in sizes:
        thinned.take(rows[first : first + size])
        first += size
    kept = thinned.rows(1).ravel()
    assert 50 <= len(kept) <= 100
    assert len(set(np.diff(kept))) == 1
