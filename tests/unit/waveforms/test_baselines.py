"""Level and noise of waveforms."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from helioscope.api import baselines

WAVEFORMS = hnp.arrays(np.int16, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40))


@given(WAVEFORMS, st.integers(0, 10), st.integers(1, 60))
def test_are_mean_and_population_sigma_of_the_window(samples: Any, start: int, length: int) -> None:
    found = baselines(samples, start, start + length)
    window = samples[:, start : start + length].astype(np.float64)
    if not window.shape[1]:
        assert np.isnan(found.mean_adu).all()
        assert np.isnan(found.sigma_adu).all()
        return
    np.testing.assert_allclose(found.mean_adu, window.mean(axis=1), rtol=1e-14)
    np.testing.assert_allclose(found.sigma_adu, window.std(axis=1), rtol=1e-9, atol=1e-9)


def test_of_a_constant_level_has_no_noise_at_all() -> None:
    found = baselines(np.full((3, 50), 32767, np.int16), 0, 50)
    assert found.mean_adu.tolist() == [32767.0] * 3
    assert found.sigma_adu.tolist() == [0.0] * 3


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.integers(0, 2**31))
def test_of_jagged_waveforms_are_those_of_each_alone(lengths: list[int], seed: int) -> None:
    flat = np.random.default_rng(seed).integers(-500, 500, sum(lengths)).astype(np.int16)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    together = baselines(flat, 2, 9, offsets)
    for index, (lo, hi) in enumerate(itertools.pairwise(offsets)):
        alone = baselines(flat[None, lo:hi], 2, 9)
        np.testing.assert_array_equal(together.mean_adu[index], alone.mean_adu[0])
        np.testing.assert_array_equal(together.sigma_adu[index], alone.sigma_adu[0])


@pytest.mark.parametrize(
    ("samples", "window", "offsets", "reason"),
    [
        (np.zeros((2, 9), np.int32), (0, 4), None, "int32"),
        (np.zeros((2, 9), np.int16), (4, 4), None, "holds no sample"),
        (np.zeros(9, np.int16), (0, 4), None, "axes"),
        (np.zeros(9, np.int16), (0, 4), np.array([0, 12]), "do not fit"),
        (np.zeros(9, np.int16), (0, 4), np.array([0, 6, 3]), "do not fit"),
        (np.zeros((3, 3), np.int16), (0, 4), np.array([0, 3]), "one axis"),
    ],
)
def test_refuse_what_does_not_fit(
    samples: Any, window: tuple[int, int], offsets: Any, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        baselines(samples, *window, offsets)
