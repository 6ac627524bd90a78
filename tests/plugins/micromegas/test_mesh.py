"""The mesh pulse against pulses whose measures are known."""

from __future__ import annotations

import numpy as np
import pytest

from helioscope_micromegas import mesh


def measured(pulse: np.ndarray, smoothing: int = 1) -> np.ndarray:
    samples = np.rint(pulse).astype(np.int16)[None, :]
    return mesh.measure_mesh(samples, 1.0, 400, smoothing, 4095).measures[0]


def trapezoid(height: float, rise: int, flat: int, base: float = 250.0) -> np.ndarray:
    time = np.arange(2500)
    edges = [600, 600 + rise, 600 + rise + flat, 600 + 2 * rise + flat]
    return base + np.interp(time, edges, [0, height, height, 0])


def test_trapezoid() -> None:
    values = measured(trapezoid(2000, 100, 300))
    assert values[mesh.AMPLITUDE] == pytest.approx(2000)
    assert values[mesh.RISE] == pytest.approx(80, abs=0.1)
    assert values[mesh.WIDTH] == pytest.approx(400, abs=0.1)
    assert values[mesh.TIME] == pytest.approx(650, abs=0.1)
    assert values[mesh.INTEGRAL] == pytest.approx(2000 * 400, rel=1e-3)
    assert values[mesh.BASELINE] == pytest.approx(250)


def test_smoothing_keeps_time_and_integral() -> None:
    plain, smooth = measured(trapezoid(2000, 100, 300)), measured(trapezoid(2000, 100, 300), 21)
    assert smooth[mesh.TIME] == pytest.approx(plain[mesh.TIME], abs=0.2)
    assert smooth[mesh.INTEGRAL] == plain[mesh.INTEGRAL]
    assert smooth[mesh.WIDTH] == pytest.approx(plain[mesh.WIDTH], abs=0.2)


def test_noise_of_the_baseline() -> None:
    rng = np.random.default_rng(1)
    pulse = trapezoid(1000, 50, 100) + rng.normal(0, 6, 2500)
    values = measured(pulse, 21)
    assert values[mesh.RMS] == pytest.approx(6, rel=0.1)
    assert values[mesh.AMPLITUDE] == pytest.approx(1000, rel=0.02)


def test_saturation_and_no_pulse() -> None:
    samples = np.stack([trapezoid(9000, 50, 100).clip(max=4095), np.full(2500, 250.0)])
    pulses = mesh.measure_mesh(samples.astype(np.int16), 1.0, 400, 21, 4095)
    assert pulses.saturated.tolist() == [True, False]
    assert np.isfinite(pulses.measures).all()
    assert pulses.measures[1, mesh.RISE] == 0


@pytest.mark.parametrize("smoothing", [1, 5, 21, 127, 128, 400, 2500])
def test_the_height_is_the_largest_moving_average_wherever_it_lies(smoothing: int) -> None:
    rng = np.random.default_rng(smoothing)
    samples = rng.integers(-300, 300, (200, 2500)).astype(np.int16)
    samples[:100] += (1000 * np.exp(-0.5 * ((np.arange(2500) - 1500) / 300) ** 2)).astype(np.int16)
    found = mesh.measure_mesh(samples, 1.0, 400, smoothing, 4095).measures
    sums = np.cumsum(np.pad(samples.astype(np.int64), ((0, 0), (1, 0))), axis=1)
    averages = (sums[:, smoothing:] - sums[:, :-smoothing]) / smoothing
    expected = averages[:, max(400 - smoothing, 0) :].max(axis=1) - samples[:, :400].mean(axis=1)
    np.testing.assert_allclose(found[:, mesh.AMPLITUDE], expected, atol=1e-3)


def test_a_smoothing_longer_than_the_pulse_takes_all_of_it() -> None:
    samples = np.full((1, 2500), 100, np.int16)
    samples[0, 400:] = 200
    found = mesh.measure_mesh(samples, 1.0, 400, 9000, 4095).measures
    assert found[0, mesh.AMPLITUDE] == pytest.approx(84.0)
