"""Real 55Fe frames of a four-tap camera: the plugin calibrates each tap by configuration alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from click.testing import CliRunner

from helioscope.cli.main import cli

JOB = Path(__file__).with_name("fe55_ccd.toml")
#: Mean of Mn K-alpha 1 and 2, in electrons at 3.65 eV each.
K_ALPHA_ELECTRONS = 5895.05 / 3.65

pytestmark = pytest.mark.skipif(
    not os.environ.get("HELIOSCOPE_REALDATA"), reason="HELIOSCOPE_REALDATA is not set"
)


def calibrated(data: Path, out: Path) -> dict[tuple[int, int], dict[str, float]]:
    arguments = ["calibrate", str(JOB), "--data", str(data), "--out", str(out), "--json"]
    result = CliRunner().invoke(cli(), arguments, catch_exceptions=False)
    rows = json.loads(result.stdout)
    return {(row["row_half"], row["column_half"]): row for row in rows}


def measured_by_hand(paths: list[Path]) -> dict[tuple[int, int], float]:
    """Median of the isolated single pixels in the line, in electrons per ADU; numpy alone."""
    singles: dict[tuple[int, int], list[float]] = {}
    for path in paths:
        frame = fits.getdata(path).astype(np.float64)
        for half_row in (0, 1):
            for half_column in (0, 1):
                tap = frame[520 * half_row :, 1076 * half_column :][:520, :1076]
                outward = tap[:, ::-1] if half_column else tap
                image = outward[:, 50:1074] - np.median(outward[:, 5:48])
                inner = image[1:-1, 1:-1]
                around = np.stack(
                    [
                        image[1 + y : image.shape[0] - 1 + y, 1 + x : image.shape[1] - 1 + x]
                        for y in (-1, 0, 1)
                        for x in (-1, 0, 1)
                        if (y, x) != (0, 0)
                    ]
                )
                lonely = around.max(axis=0) < 13.0
                found = inner[lonely & (inner > 560) & (inner < 680)]
                singles.setdefault((half_row, half_column), []).extend(found)
    return {tap: K_ALPHA_ELECTRONS / float(np.median(v)) for tap, v in singles.items()}


@pytest.fixture(scope="module")
def exposures() -> Path:
    return Path(os.environ["HELIOSCOPE_REALDATA"]) / "fe55_ccd"


@pytest.fixture(scope="module")
def taps(
    exposures: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[int, int], dict[str, float]]:
    return calibrated(exposures, tmp_path_factory.mktemp("fe55"))


def test_each_tap_agrees_with_a_plain_measurement(
    exposures: Path, taps: dict[tuple[int, int], dict[str, float]]
) -> None:
    plain = measured_by_hand(sorted(exposures.glob("*.fit.gz")))
    assert set(taps) == set(plain) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    for tap, row in taps.items():
        assert row["electrons_per_adu"] == pytest.approx(plain[tap], rel=0.01)
        assert 0 < row["error"] < 0.01 * row["electrons_per_adu"]


def test_a_single_exposure_gives_the_same_gains(
    exposures: Path, taps: dict[tuple[int, int], dict[str, float]], tmp_path: Path
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "one.fit.gz").symlink_to(exposures / "ESIS3_05408.fit.gz")
    for tap, row in calibrated(alone, tmp_path / "out").items():
        errors = np.hypot(row["error"], taps[tap]["error"])
        assert abs(row["electrons_per_adu"] - taps[tap]["electrons_per_adu"]) < 3 * errors
