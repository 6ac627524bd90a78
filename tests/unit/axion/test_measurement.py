import json
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from helioscope.axion import selection
from helioscope.axion.axion_electron import read_abc_flux
from helioscope.axion.likelihood import poisson_likelihood
from helioscope.axion.limits import bayesian_limit
from helioscope.axion.measurement_file import read_measurement
from helioscope.cli.main import main
from helioscope.errors import InputError
from helioscope.io.parquet import ProductWriter
from helioscope.model.products import CANDIDATES, LIVE_TIME

TRACKING_S, BACKGROUND_S = 36_000.0, 360_000.0


def write_products(folder: Path, seed: int) -> dict[str, int]:
    """Write candidates and live time as a job does; give the counts that belong in the spot."""
    generator = np.random.default_rng(seed)
    rows = 3000
    tag = generator.choice(["tracking", "background", "excluded"], rows, p=[0.1, 0.8, 0.1])
    x, y = generator.uniform(-5, 5, rows), generator.uniform(-5, 5, rows)
    energy = generator.uniform(0.0, 10.0, rows)
    accepted = generator.random(rows) < 0.5
    table = ak.Array(
        {
            "run": ["run-1"] * rows,
            "detector": ["ccd"] * rows,
            "event_id": np.arange(rows, dtype=np.int64),
            "time_ns": np.arange(rows, dtype=np.int64) * 10**9,
            "x_mm": x.astype(np.float32),
            "y_mm": y.astype(np.float32),
            "energy_kev": energy.astype(np.float32),
            "energy_err_kev": np.full(rows, 0.1, np.float32),
            "score": np.zeros(rows, np.float32),
            "accepted": accepted,
            "quality": np.zeros(rows, np.uint32),
            "tag": tag.tolist(),
            "sun_offset_deg": np.zeros(rows, np.float32),
        }
    )
    live = ak.Array(
        {
            "run": ["run-1"] * 3,
            "detector": ["ccd"] * 3,
            "tag": ["tracking", "background", "excluded"],
            "reason": ["", "", "quench"],
            "live_s": [TRACKING_S, BACKGROUND_S, 99.0],
            "elapsed_s": [TRACKING_S * 1.1, BACKGROUND_S * 1.1, 99.0],
            "dead_s": [TRACKING_S * 0.1, BACKGROUND_S * 0.1, 0.0],
        }
    )
    place = folder / "run-1" / "ccd"
    for name, schema, batch in (
        ("candidates", CANDIDATES, table),
        ("live_time", LIVE_TIME, live),
    ):
        with ProductWriter(place / f"{name}.parquet", schema, {}) as writer:
            writer.write(batch)
    spot = (np.hypot(x - 1.0, y - 1.0) <= 1.724) & accepted & (energy >= 0.8) & (energy <= 6.8)
    return {t: int((spot & (tag == t)).sum()) for t in ("tracking", "background")}


def test_products_become_a_measurement_and_a_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = write_products(tmp_path / "out", seed=4)
    file = tmp_path / "measurement" / "ccd.toml"
    arguments = ["--detector", "ccd", "--spot", "1", "1", "1.724", "--focal-length-mm", "1600"]
    with pytest.raises(SystemExit) as leave:
        main(
            [
                "axion",
                "measurement",
                str(tmp_path / "out"),
                "--out",
                str(file),
                *arguments,
                "--json",
            ]
        )
    assert leave.value.code == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["counts_on"], result["counts_off"]) == (counts["tracking"], counts["background"])
    assert result["alpha"] == pytest.approx(0.1)
    assert result["disc_radius_rsun"] == pytest.approx(0.2317, abs=1e-4)
    (data,) = read_measurement(file).counting
    assert data.n_on.sum() == counts["tracking"]
    assert data.alpha == pytest.approx(0.1)
    # 4.33 cm^2 of ABRIXAS at 4.2 keV for ten hours.
    exposure = np.interp(4.2, data.exposure_energy_kev, data.exposure_cm2_s)
    assert exposure == pytest.approx(4.33 * TRACKING_S)
    with pytest.raises(SystemExit) as leave:
        main(["axion", "limit", str(file), "--json"])
    assert leave.value.code == 0
    limit = json.loads(capsys.readouterr().out)
    assert limit["counts_expected_background"] == pytest.approx(counts["background"] * 0.1)
    assert 5e-11 < limit["g95_per_gev"] < 1e-9


def test_a_larger_disc_lowers_alpha_by_its_area(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_products(tmp_path / "out", seed=4)
    arguments = ["--detector", "ccd", "--spot", "0", "0", "1.5", "--off-radius-mm", "4.5"]
    file = tmp_path / "wide.toml"
    with pytest.raises(SystemExit):
        main(
            [
                "axion",
                "measurement",
                str(tmp_path / "out"),
                "--out",
                str(file),
                *arguments,
                "--json",
            ]
        )
    result = json.loads(capsys.readouterr().out)
    assert result["alpha"] == pytest.approx(0.1 / 9.0)
    narrow = 3000 * 0.4 * 0.6 * np.pi * 4.5**2 / 100.0
    assert result["counts_off"] == pytest.approx(narrow, rel=0.15, abs=0)


def test_a_detector_that_is_not_there_ends_in_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_products(tmp_path / "out", seed=4)
    with pytest.raises(SystemExit) as leave:
        main(
            [
                "axion",
                "measurement",
                str(tmp_path / "out"),
                "--detector",
                "tpc",
                "--out",
                str(tmp_path / "m.toml"),
            ]
        )
    assert leave.value.code == 4
    assert "'tpc'" in capsys.readouterr().err


def test_no_live_time_off_the_sun_is_refused() -> None:
    nothing = np.empty(0)
    candidates = selection.Candidates(
        nothing, nothing, nothing, nothing.astype(bool), nothing.astype(bool)
    )
    with pytest.raises(InputError, match="background"):
        selection.count(candidates, 10.0, 0.0, selection.energy_bins(1.0, 7.0, 0.5))
    with pytest.raises(InputError, match="whole number"):
        selection.energy_bins(1.0, 7.0, 0.7)


def test_the_abc_flux_limits_the_product_of_couplings(ccd2004: Path, physics: Path) -> None:
    table = physics / "tables" / "solar_axion_abc_spectrum_redondo2013.csv"
    likelihood = poisson_likelihood(read_measurement(ccd2004), read_abc_flux(table, 0.826))
    product = 1e-13 * 1e-10 * bayesian_limit(likelihood) ** 0.5
    assert product == pytest.approx(8.1e-23, rel=0.1, abs=0)


def test_abc_counts_per_bin_are_the_published_ones(
    ccd2004: Path, physics: Path, published: object
) -> None:
    table = physics / "tables" / "solar_axion_abc_spectrum_redondo2013.csv"
    likelihood = poisson_likelihood(read_measurement(ccd2004), read_abc_flux(table, 0.826), 1e-3)
    rows = published("cast_ccd2004_counts.csv")  # type: ignore[operator]
    reference = np.array([float(row["ref_counts_gaee"]) for row in rows])
    assert likelihood.signal == pytest.approx(reference, rel=0.1, abs=2e-4)
