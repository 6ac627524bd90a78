"""Noise that the channels of a group share."""

from typing import Any

import numpy as np
import pytest

from helioscope.api import baselines, coherent_noise_removed, largest_samples


def noisy(
    rng: np.random.Generator,
    channels: int = 20,
    samples: Any = 200,
    shared: float = 6.0,
    own: float = 2.0,
) -> Any:
    common = rng.normal(0, shared, samples)
    return np.round(500 + common + rng.normal(0, own, (channels, samples))).astype(np.int16), common


def test_takes_off_what_is_shared_and_leaves_what_is_not() -> None:
    samples, common = noisy(np.random.default_rng(1))
    levels = baselines(samples, 0, 200)
    group, quiet = np.zeros(20, np.int64), np.ones(20, bool)
    cleaned, noise, _ = coherent_noise_removed(samples, group, levels.mean_adu, quiet)
    assert cleaned.std(axis=1).mean() == pytest.approx(2.0 * np.sqrt(1 - 1 / 20), rel=0.05)
    assert noise[0] == pytest.approx(common.std(), rel=0.05)


def test_a_signal_in_a_channel_that_is_not_quiet_is_kept_whole() -> None:
    samples, _ = noisy(np.random.default_rng(2), own=0.5)
    samples[3, 100:120] += 400
    quiet = np.arange(20) != 3
    levels = baselines(samples, 0, 80)
    group = np.zeros(20, np.int64)
    cleaned, *_ = coherent_noise_removed(samples, group, levels.mean_adu, quiet)
    pulse = cleaned[3, 100:120].astype(float) - np.delete(cleaned[3], range(100, 120)).mean()
    assert pulse.mean() == pytest.approx(400, abs=2)
    assert np.abs(cleaned[quiet].mean(axis=0) - cleaned[quiet].mean()).max() < 1.0


def test_groups_do_not_mix_and_small_ones_stay_as_they_are() -> None:
    rng = np.random.default_rng(3)
    first, _ = noisy(rng)
    few, _ = noisy(rng, channels=3)
    both = np.concatenate((first, few))
    group = np.repeat([0, 1], [20, 3])
    levels = baselines(both, 0, 200).mean_adu
    cleaned, noise, _ = coherent_noise_removed(both, group, levels, np.ones(23, bool))
    alone, *_ = coherent_noise_removed(
        first, np.zeros(20, np.int64), levels[:20], np.ones(20, bool)
    )
    np.testing.assert_array_equal(cleaned[:20], alone)
    np.testing.assert_array_equal(cleaned[20:], few)
    assert np.isnan(noise[1])


def test_saturated_samples_do_not_wrap_around() -> None:
    samples = np.full((10, 50), 100, np.int16)
    samples[:, 10] -= 60
    samples[0, 10] = 32767
    quiet = np.arange(10) > 0
    cleaned, *_ = coherent_noise_removed(samples, np.zeros(10, np.int64), np.full(10, 100.0), quiet)
    assert cleaned[0, 10] == 32767


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one value for each"):
        coherent_noise_removed(
            np.zeros((4, 9), np.int16), np.zeros(3, np.int64), np.zeros(4), np.ones(4, bool)
        )
    with pytest.raises(ValueError, match="int32"):
        coherent_noise_removed(
            np.zeros((4, 9), np.int32), np.zeros(4, np.int64), np.zeros(4), np.ones(4, bool)
        )


def test_the_rest_is_what_rounding_left_in() -> None:
    samples, _ = noisy(np.random.default_rng(5), channels=10)
    level, group = np.full(10, 500.0), np.zeros(10, np.int64)
    cleaned, _, rest = coherent_noise_removed(samples, group, level, np.ones(10, bool))
    exact = samples - (samples - level[:, None]).mean(axis=0)
    np.testing.assert_allclose(cleaned - rest[0], exact, atol=1e-3)
    assert 0.1 < np.abs(rest).max() <= 0.5


def test_the_largest_sample_of_each_waveform() -> None:
    samples, _ = noisy(np.random.default_rng(6), channels=7)
    np.testing.assert_array_equal(largest_samples(samples), samples.max(axis=1))
    flat = largest_samples(samples.reshape(-1), np.array([0, 0, 90, 1400]))
    assert flat.tolist() == [-32768, samples[0, :90].max(), samples.reshape(-1)[90:].max()]
