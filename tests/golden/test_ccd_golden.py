"""The CCD's output on fixed frames: it may change only together with the detector's version."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from helioscope.api import Calibration, Run, Setup
from helioscope_ccd.detector import DETECTOR
from helioscope_ccd.settings import CcdSettings

#: What version 1 gives. Raise DETECTOR.version with any change of these numbers.
GOLDEN = {
    1: {
        "patterns": [57, 52, 96, 5, 29, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        "energy_kev": 1305.2476024627686,
        "energy_err_kev": 12.857691053301096,
        "x_mm": 1088.0468494147062,
        "y_mm": 3526.528153091669,
        "quality": 264448.0,
        "dead_s": 0.38619375,
    }
}


def fixed_frames() -> np.ndarray:
    """Make 60 frames from the one random stream that numpy promises never to change."""
    stream = np.random.RandomState(20040501)
    frames = stream.normal(500.0, 3.7, (60, 200, 64)) + stream.normal(0.0, 4.0, (60, 200, 1))
    for _ in range(240):
        frame, row, column = stream.randint(60), stream.randint(199), stream.randint(63)
        charge, share = stream.uniform(150.0, 1700.0), stream.uniform(0.4, 1.0)
        turn = stream.randint(4)
        frames[frame, row, column] += charge * (share if turn else 1.0)
        frames[frame, row + (turn == 1), column + (turn >= 2)] += charge * (1 - share) * (turn > 0)
    for _ in range(6):
        frame, row, column = stream.randint(60), stream.randint(190), stream.randint(64)
        frames[frame, row : row + 6, column] += 5000.0
    return np.rint(frames).astype(np.int16)


def measured() -> dict[str, object]:
    """Reconstruct the fixed frames with plain calibrations, and sum up what comes out."""
    config = CcdSettings()
    number = config.rows * config.columns
    bad = np.zeros(number, np.uint8)
    bad[::397] = 1
    dark = ak.Array(
        {"offset_adu": np.full(number, 500.0), "noise_adu": np.full(number, 3.7), "bad": bad}
    )
    fe55 = ak.Array({"gain_ev_per_adu": 5.0 + 0.01 * np.arange(64), "cti": np.full(64, 2e-4)})
    calibrations = {
        "ccd-dark": (Calibration("ccd-dark", dark),),
        "ccd-fe55": (Calibration("ccd-fe55", fe55),),
    }
    frames = fixed_frames()
    times = np.arange(len(frames))
    raw = ak.zip({"event_id": times, "time_ns": times, "frame_adu": frames}, depth_limit=1)
    setup = Setup("ccd", Run("golden", "science"), config, calibrations)
    result = DETECTOR.reconstruction(setup)(raw)
    rows = result.observables
    sums = {
        name: float(np.asarray(rows[name], np.float64).sum())
        for name in ("energy_kev", "energy_err_kev", "x_mm", "y_mm", "quality")
    }
    assert result.dead_s is not None
    patterns = np.bincount(np.asarray(rows["pattern"]), minlength=14).tolist()
    return {"patterns": patterns, **sums, "dead_s": float(result.dead_s.sum())}


def test_the_output_changes_only_with_the_version() -> None:
    expected, found = GOLDEN[DETECTOR.version], measured()
    assert found["patterns"] == expected["patterns"]
    for name in expected.keys() - {"patterns"}:
        assert found[name] == pytest.approx(expected[name], rel=1e-6), name
