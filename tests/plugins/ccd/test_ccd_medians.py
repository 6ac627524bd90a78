"""The counting median is numpy's, on any values."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from helioscope_ccd.medians import median

VALUES = st.one_of(
    st.integers(-50, 50).map(float), st.floats(-1e6, 1e6, width=32, allow_subnormal=False)
)


@given(arrays(np.float32, st.integers(1, 130), elements=VALUES))
def test_it_is_the_exact_median(values: np.ndarray) -> None:
    ordered = np.sort(values)
    low, high = ordered[(values.size - 1) // 2], ordered[values.size // 2]
    assert median(values, values.size) == np.float32(0.5) * (low + high)


@given(arrays(np.float32, 64, elements=VALUES), st.integers(1, 64))
def test_values_behind_the_count_are_left_alone(values: np.ndarray, count: int) -> None:
    assert median(values, count) == median(values[:count].copy(), count)
