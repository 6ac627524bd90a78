"""Darks, 55Fe and the discriminator against what was simulated."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
from astropy.io import fits

from helioscope.api import CalibrationInput, InputError, Run, Setup, UsageError
from helioscope_ccd.chain import layout_of
from helioscope_ccd.darks_calibrator import DarkSettings, calibrate_darks
from helioscope_ccd.discriminator import DISCRIMINATOR, FocalSpot, PatternSettings
from helioscope_ccd.lines import K_ALPHA, LineShape, expected, fit_lines
from helioscope_ccd.native import FrameWriter, encoded, write_frames
from helioscope_ccd.settings import CcdSettings
from helioscope_ccd.simulation import camera_of
from helioscope_ccd.simulation_settings import CcdSimulation


def test_bad_pixels_offsets_and_noise_are_those_of_the_camera(campaign: Any) -> None:
    config = campaign.config
    camera = camera_of(config, CcdSimulation(), layout_of(config))
    table = campaign.calibrations["ccd-dark"][0].table
    bad = np.asarray(table["bad"]).reshape(200, 64)
    assert ((bad > 0) == (camera.bad > 0)).mean() > 0.9999
    good = (bad == 0) & (camera.bad == 0)
    ratio = (np.asarray(table["noise_adu"]).reshape(200, 64) / camera.noise_adu)[good]
    assert np.median(ratio) == pytest.approx(1.0, abs=0.01)
    off = np.asarray(table["offset_adu"]).reshape(200, 64) - camera.offset_adu
    off -= np.median(off, axis=1)[:, None]
    assert off[good].std() == pytest.approx(3.65 / np.sqrt(600), rel=0.05)


def test_gains_and_transfer_loss_are_those_of_the_camera(campaign: Any) -> None:
    config = campaign.config
    camera = camera_of(config, CcdSimulation(), layout_of(config))
    table = campaign.calibrations["ccd-fe55"][0].table
    gain, error = np.asarray(table["gain_ev_per_adu"]), np.asarray(table["gain_err_ev_per_adu"])
    pull = (gain - camera.ev_per_adu) / error
    assert np.abs(np.mean(gain / camera.ev_per_adu) - 1.0) < 1e-3
    assert 0.7 < np.std(pull) < 1.3
    assert table["cti"][0] == pytest.approx(2e-4, rel=0.1)


def test_a_handful_of_dark_frames_is_refused() -> None:
    config = CcdSettings(rows=20, columns=16)
    frames = np.full((5, 20, 16), 300, np.int16)
    raw = ak.zip(
        {"event_id": np.arange(5), "time_ns": np.arange(5), "frame_adu": frames}, depth_limit=1
    )
    given = CalibrationInput(Setup("ccd", Run("d", "dark"), config), lambda: iter([raw]))
    with pytest.raises(InputError, match="5 frames"):
        calibrate_darks(DarkSettings(), {"dark": [given]})


def test_the_line_fit_finds_gain_and_width_with_honest_errors() -> None:
    rng = np.random.default_rng(4)
    pulls = []
    for _ in range(12):
        signals = rng.normal(K_ALPHA, 0.06, 800) / 0.0052
        more = rng.normal(6.49045, 0.06, 110) / 0.0052
        fit = fit_lines(np.concatenate([signals, more]), 0.00515)
        pulls.append((fit.gain - 5.2) / fit.gain_error)
        assert fit.shape.sigma_kev == pytest.approx(0.06, rel=0.12)
    assert abs(np.mean(pulls)) < 1.0
    assert 0.4 < np.std(pulls) < 1.8


def test_expected_counts_add_up_to_the_events() -> None:
    edges = np.linspace(3.0, 8.0, 500)
    counts = expected(edges, 1.0, 1000.0, 0.0, LineShape(0.06, 0.14, 0.1, 0.1))
    assert counts.sum() == pytest.approx(1140.0, rel=1e-3)


def discriminated(config: PatternSettings, rows: ak.Array) -> list[bool]:
    setup = Setup("ccd", Run("r", "science"), config)
    decided: list[bool] = DISCRIMINATOR.discrimination(setup)(rows)["accepted"].tolist()
    return decided


def test_the_discriminator_takes_patterns_quality_and_spot() -> None:
    rows = ak.Array(
        {
            "pattern": np.array([0, 3, 13, 0, 0], np.uint8),
            "quality": np.array([0, 0, 0, 1 << 7, 0], np.uint32),
            "x_mm": np.array([1, 1, 1, 1, 9], np.float32),
            "y_mm": np.array([1, 1, 1, 1, 9], np.float32),
        }
    )
    assert discriminated(PatternSettings(), rows) == [True, True, False, False, True]
    assert discriminated(PatternSettings(patterns=(0,)), rows) == [True, False, False, False, True]
    spot = FocalSpot(x_mm=1.0, y_mm=1.0, radius_mm=0.5)
    config = PatternSettings(focal_spot=spot)
    assert discriminated(config, rows)[4] is False
    names = DISCRIMINATOR.cuts(config)
    setup = Setup("ccd", Run("r", "science"), config)
    failed = DISCRIMINATOR.discrimination(setup)(rows)["cuts_failed"].tolist()
    by_name = [[name for bit, name in enumerate(names) if row >> bit & 1] for row in failed]
    assert by_name == [[], [], ["pattern"], ["not edge"], ["focal spot"]]


def test_a_misspelt_quality_bit_is_refused() -> None:
    setup = Setup("ccd", Run("r", "science"), PatternSettings(rejected_quality=("egde",)))
    with pytest.raises(UsageError, match="egde"):
        DISCRIMINATOR.discrimination(setup)


@pytest.mark.parametrize("dtype", ["int16", "uint16"])
@pytest.mark.parametrize("seed", range(4))
def test_native_frames_read_back_with_right_checksums(
    tmp_path: Path, dtype: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    limits = np.iinfo(dtype)
    frames = rng.integers(limits.min, limits.max, (7, 5, 3), endpoint=True).astype(dtype)
    times = np.arange(7, dtype=np.int64) * 77_900_000 + 10**18
    write_frames(tmp_path / "f.fits", times, frames)
    with fits.open(tmp_path / "f.fits", checksum=True) as file:
        assert np.array_equal(file[1].data["FRAME"], frames)
        assert np.array_equal(file[1].data["TIME"], times)
        for unit in file:
            assert unit.verify_datasum() == 1
            assert unit.verify_checksum() == 1
            assert re.fullmatch("[0-9A-Za-z]{16}", unit.header["CHECKSUM"])


def test_a_checksum_is_written_as_in_the_standards_example() -> None:
    assert encoded(868229149 ^ 0xFFFFFFFF) == "hcHjjc9ghcEghc9g"


def test_a_file_with_frames_missing_is_not_closed_as_whole(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="1 frames written of 2"),
        FrameWriter(tmp_path / "f.fits", 2, 5, 3) as writer,
    ):
        writer.write(np.zeros(1, np.int64), np.zeros((1, 5, 3), np.int16))
