"""What the validation says of background, of position, and of a classifier taught by 55Fe alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from helioscope.api import CampaignResult, Figure, RunResult, Setup
from helioscope_micromegas import source_only
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.observables import BORDER, MISMATCHED
from helioscope_micromegas.position_figures import position
from helioscope_micromegas.rejection_figures import Background, comparison, rejection
from helioscope_micromegas.settings import MicromegasSettings

from .conftest import Made, make


def drawn(muons_kept: int) -> Background:
    """1000 muons, half of them at the border, and 10 copper photons of which 8 are kept."""
    origin = np.array(["muon"] * 1000 + ["copper"] * 10)
    clean = np.arange(1010) >= 500
    kept = {"classifier": np.zeros(1010, bool)}
    kept["classifier"][500 : 500 + muons_kept] = True
    kept["classifier"][1002:] = True
    kept["likelihood"] = kept["classifier"].copy()
    kept["likelihood"][[600, 601, 602, 1002]] = True, True, True, False
    kept["cuts"] = kept["classifier"].copy()
    energy = np.where(np.arange(1010) < 503, 1.5, 3.0).astype(np.float32)
    return Background(energy, origin, clean, kept)


def only(figures: list[Figure], *words: str) -> Figure:
    (found,) = [figure for figure in figures if all(word in figure.name for word in words)]
    return found


def test_rejection_is_given_with_and_without_the_border_and_photons() -> None:
    figures = rejection(drawn(muons_kept=4))
    assert only(figures, "all rows", "12 of 1010").passed is False
    assert only(figures, "photons left out", "4 of 500").value == pytest.approx(1 - 4 / 500)
    assert only(figures, "photons left out").passed
    assert only(figures, "1 to 2 keV (3 of 3 left)").value == 0
    assert only(figures, "2 to 8 keV (1 of 497 left)").value == pytest.approx(496 / 497)
    bare = only(figures, "judged rows (12 of 510 left)")
    assert bare.value == pytest.approx(1 - 12 / 510)
    assert not bare.required
    assert only(figures, "excludes before it").value == pytest.approx(500 / 1010)
    assert only(figures, "muon left", "(4 of 500)").value == pytest.approx(4 / 500)
    assert only(figures, "copper left", "(8 of 10)").value == pytest.approx(0.8)
    assert not only(rejection(drawn(muons_kept=5)), "photons left out").passed


def test_comparison_counts_the_rows_that_differ() -> None:
    figures = comparison(drawn(muons_kept=4))
    likelihood = only(figures, "likelihood (14)")
    assert (likelihood.value, likelihood.error) == (2, pytest.approx(2.0))
    assert likelihood.passed
    assert not only(figures, "cuts (12)").passed


def result_of(**runs: tuple[Made, Setup]) -> CampaignResult:
    def one(made: Made, setup: Setup) -> RunResult:
        def batches() -> Iterator[ak.Array]:
            yield from (made.raw[:2500], made.raw[2500:])

        rows = DETECTOR.reconstruction(setup)(made.raw).observables
        return RunResult(made.run, setup, made.truth, {"observables": rows}, batches, {})

    found = {name.replace("_", "-"): one(*run) for name, run in runs.items()}
    return CampaignResult(found, {}, MicromegasSettings())


def with_rows(result: CampaignResult, name: str, **columns: np.ndarray) -> CampaignResult:
    run = result.runs[name]
    rows = run.products["observables"]
    for column, values in columns.items():
        rows = ak.with_field(rows, values, column)
    changed = RunResult(run.run, run.setup, run.truth, {"observables": rows}, run.raw, run.record)
    return CampaignResult({name: changed}, {}, result.detector_config)


def test_position_of_all_rows_stands_beside_the_required_one(fe55: Made) -> None:
    """5 % of the photons lie 3 mm off in x and have two clusters there; y is wrong by 60 um."""
    result = result_of(fe55_science=(fe55, Setup("micromegas", fe55.run, MicromegasSettings())))
    truth, number = fe55.truth, len(fe55.truth)
    assert len(result.runs["fe55-science"].products["observables"]) == number
    far = np.arange(number) % 20 == 0
    bits = np.where(np.arange(number) % 40 == 1, np.uint32(MISMATCHED.mask), np.uint32(0))
    figures = position(
        with_rows(
            result, "fe55-science", quality=bits, energy_kev=np.full(number, 5.9),
            n_clusters_x=np.where(far, 2, 1), n_clusters_y=np.ones(number),
            x_mm=np.asarray(truth["x_mm"]) + np.where(far, 3.0, 0.1),
            y_mm=np.asarray(truth["y_mm"]) + 0.06,
        )
    )  # fmt: skip
    asked = only(figures, "rms in x", "one cluster an axis")
    assert asked.value == pytest.approx(100, rel=1e-3)
    assert asked.required == "< 150 um"
    placed = bits == 0
    share = far[placed].mean()
    expected = 1000 * np.sqrt(share * 9 + (1 - share) * 0.01)
    assert only(figures, "rms in x, all rows").value == pytest.approx(expected, rel=1e-3)
    assert only(figures, "in x", "68 %").value == pytest.approx(100, rel=1e-3)
    assert only(figures, "in x", "95 %").value > 2000
    assert only(figures, "in x", "farther").value == pytest.approx(100 * share)
    assert only(figures, "in y", "farther").value == 0
    assert "92 % of the rows" in asked.name or "93 % of the rows" in asked.name


def test_classifier_without_tube_is_measured_at_every_line(folder: Path, fe55: Made) -> None:
    """It is taught by the runs of kind fe55 and background alone, and rejects what is excluded."""
    config = MicromegasSettings(
        nominal_strip_pedestal_adu=60, nominal_strip_noise_adu=4, dead_strips_x=(47,),
        dead_strips_y=(131, 132), nominal_mesh_adu_ns_per_kev=67_600.0,
        nominal_strip_adu_per_kev=302.0,
    )  # fmt: skip
    background = make(folder, "background", 4000, seed=8)
    lines = make(folder, "lines", 1500, seed=9, lines_kev=source_only.LINES_KEV)
    result = result_of(
        source=(fe55, Setup("micromegas", fe55.run, config)),
        night=(background, Setup("micromegas", background.run, config)),
        lines=(lines, Setup("micromegas", lines.run, config)),
    )
    found = {figure.name.split(" at ")[1]: figure.value for figure in source_only.flatness(result)}
    assert list(found) == ["1.5 keV", "3 keV", "4.5 keV", "5.9 keV", "8 keV"]
    assert found["5.9 keV"] == pytest.approx(0.8, abs=0.12)
    assert found["3 keV"] == pytest.approx(0.8, abs=0.15)
    rows = result.runs["lines"].products["observables"]
    bad = np.full(len(rows), np.uint32(BORDER.mask))
    runs = dict(result.runs)
    runs["lines"] = with_rows(result, "lines", quality=bad).runs["lines"]
    none = source_only.flatness(CampaignResult(runs, {}, config))
    assert {figure.value for figure in none} == {0.0}
