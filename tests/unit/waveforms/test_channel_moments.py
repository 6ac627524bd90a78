"""Level and noise of channels: what must hold whatever the batches, and with pulses in them."""

from __future__ import annotations

import numpy as np
import pytest

from helioscope.api import ChannelMoments, quiet_waveforms

LEVELS, NOISES = np.array([250.0, 0.0, 900.0]), np.array([3.0, 0.0, 12.0])


def noise(number: int, samples: int = 256) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    channel = rng.integers(0, 3, number)
    wave = LEVELS[channel][:, None] + NOISES[channel][:, None] * rng.normal(size=(number, samples))
    return channel, np.rint(wave).astype(np.int16)


def moments(channel: np.ndarray, samples: np.ndarray, batches: int = 1) -> ChannelMoments:
    found = ChannelMoments(4)
    for part in np.array_split(np.arange(len(channel)), batches):
        found.add(channel[part], samples[part])
    return found


def test_mean_and_sigma_of_each_channel() -> None:
    channel, samples = noise(9000)  # more than one block
    found = moments(channel, samples)
    mean, sigma = found.mean_and_sigma()
    for number in range(3):
        mine = samples[channel == number]
        assert found.number[number] == mine.size
        assert mean[number] == pytest.approx(mine.mean(), rel=1e-12)
        assert sigma[number] == pytest.approx(mine.std(), rel=1e-9, abs=1e-9)
    assert found.number[3] == 0
    assert np.isnan([mean[3], sigma[3]]).all()


def test_batches_and_their_order_change_nothing() -> None:
    channel, samples = noise(700)
    whole = moments(channel, samples).mean_and_sigma()
    parts = moments(channel[::-1], samples[::-1], 7).mean_and_sigma()
    assert np.array_equal(whole, parts, equal_nan=True)


def test_large_levels_keep_their_digits() -> None:
    samples = np.tile(np.array([30_000, 30_001], np.int16), (2000, 200))
    _, sigma = moments(np.zeros(2000, int), samples).mean_and_sigma()
    assert sigma[0] == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize("height", [60, 600, -60])
def test_waveforms_with_a_pulse_are_not_quiet(height: int) -> None:
    channel, samples = noise(5000)
    steady = channel == 0
    samples, struck = samples[steady], np.arange(int(steady.sum())) % 5 == 0
    samples[struck, 100:160] += np.int16(height)
    quiet = quiet_waveforms(samples, 7.0)
    assert not quiet[struck].any()
    assert quiet[~struck].mean() > 0.99


def test_pulses_do_not_move_level_or_noise() -> None:
    channel, samples = noise(3000)
    samples[::4, 30:80] += 400
    quiet = quiet_waveforms(samples, 7.0)
    mean, sigma = moments(channel[quiet], samples[quiet]).mean_and_sigma()
    assert mean[:3] == pytest.approx(LEVELS, abs=0.1)
    assert sigma[:3] == pytest.approx(np.sqrt(NOISES**2 + (NOISES > 0) / 12), rel=0.01)


def test_channel_without_noise_is_quiet() -> None:
    assert quiet_waveforms(np.full((3, 64), 17, np.int16), 7.0).all()
    assert quiet_waveforms(np.empty((0, 64), np.int16), 7.0).size == 0
