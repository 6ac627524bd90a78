"""Damaged data through the detector: quality bits, exclusion and dead time."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
import pytest

from helioscope.api import Calibration, PluginError, Run, Setup, quality
from helioscope_ccd.detector import DETECTOR
from helioscope_ccd.settings import CcdSettings
from helioscope_ccd.tables import DARK_TABLE, FE55_TABLE

ROWS, COLUMNS = 30, 24


def table(schema: Any, values: dict[str, Any]) -> ak.Array:
    return ak.Array({c.name: np.asarray(values[c.name], c.dtype) for c in schema.columns})


def setup(**settings: Any) -> Setup:
    config = CcdSettings(rows=ROWS, columns=COLUMNS, **settings)
    row, column = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    flat = np.ones(row.size)
    dark = {"row": row, "column": column, "offset_adu": 300 * flat, "noise_adu": 4 * flat,
            "outliers": 0 * flat, "bad": 0 * flat}  # fmt: skip
    node = np.ones(COLUMNS)
    fe55 = {"node": np.arange(COLUMNS), "gain_ev_per_adu": 5 * node,
            "gain_err_ev_per_adu": 0 * node, "cti": 1e-3 * node, "cti_err": 0 * node,
            "sigma_ev": node, "events": node, "chi2": node, "ndf": node}  # fmt: skip
    fe55["gain_ev_per_adu"][7] = np.nan
    calibrations = {
        "ccd-dark": (Calibration("ccd-dark", table(DARK_TABLE, dark)),),
        "ccd-fe55": (Calibration("ccd-fe55", table(FE55_TABLE, fe55)),),
    }
    return Setup("ccd", Run("r", "science"), config, calibrations)


def batch(frames: np.ndarray) -> ak.Array:
    number = np.arange(len(frames))
    return ak.zip(
        {"event_id": number, "time_ns": number * 77_900_000, "frame_adu": frames}, depth_limit=1
    )


def quiet(number: int, dtype: str = "int16") -> np.ndarray:
    noise = np.random.default_rng(2).normal(300, 2, (number, ROWS, COLUMNS))
    return np.rint(noise).astype(dtype)


def test_nan_pixels_are_told_and_leave_no_event() -> None:
    frames = quiet(3, "float32")
    frames[1, 10, 10] = np.nan
    frames[1, 10, 11] += 400
    frames[2, 5, 5] = np.inf
    result = DETECTOR.reconstruction(setup(adu_type="float32"))(batch(frames))
    assert result.event_quality is not None
    told = (result.event_quality & quality.NOT_FINITE.mask) > 0
    assert told.tolist() == [False, True, True]
    assert result.observables["event_id"].tolist() == [1]
    assert result.observables["quality"][0] & quality.BAD_NEIGHBOUR.mask


def test_saturated_and_negative_pixels_are_told() -> None:
    frames = quiet(3)
    frames[1, 10, 10] = 4095
    frames[2, 10, 10] = -20000
    result = DETECTOR.reconstruction(setup(saturation_adu=4095.0))(batch(frames))
    assert result.event_quality is not None
    assert result.event_quality[0] == 0
    assert result.event_quality[1] & quality.SATURATED.mask
    assert result.event_quality[2] & quality.NEGATIVE.mask
    assert 2 not in result.observables["event_id"].tolist()


def test_a_track_costs_live_time_in_proportion_to_its_columns() -> None:
    frames = quiet(2)
    frames[1, 10, 10] += 8000
    result = DETECTOR.reconstruction(setup())(batch(frames))
    config = CcdSettings()
    lost = 3 / COLUMNS * config.integration_s
    assert result.dead_s == pytest.approx([config.readout_s, config.readout_s + lost])


def test_energy_undoes_gain_and_transfer_loss() -> None:
    frames = quiet(1)
    frames[0, 20, 10] = 1300
    rows = DETECTOR.reconstruction(setup(cloud_um=0.0))(batch(frames)).observables
    assert rows["energy_kev"][0] == pytest.approx(5.0 / (1 - 1e-3) ** 20, rel=2e-3)
    assert (rows["x_mm"][0], rows["y_mm"][0]) == pytest.approx((10.5 * 0.15, 20.5 * 0.15))


def test_a_node_without_gain_is_marked() -> None:
    frames = quiet(1)
    frames[0, 20, 7] = 1300
    rows = DETECTOR.reconstruction(setup())(batch(frames)).observables
    assert rows["quality"][0] & quality.UNCALIBRATED.mask


def test_a_split_event_lies_near_the_border_of_its_pixels() -> None:
    frames = quiet(1)
    frames[0, 20, 10] += 520
    frames[0, 20, 11] += 480
    rows = DETECTOR.reconstruction(setup())(batch(frames)).observables
    assert rows["x_mm"][0] == pytest.approx(11 * 0.15, abs=0.003)


def test_a_calibration_of_another_size_is_refused() -> None:
    wrong = setup()
    config = CcdSettings(rows=ROWS + 1, columns=COLUMNS)
    with pytest.raises(PluginError, match="a row for each pixel"):
        DETECTOR.reconstruction(Setup("ccd", wrong.run, config, wrong.calibrations))
