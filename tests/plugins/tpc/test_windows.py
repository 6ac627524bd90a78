"""The charge of compact clusters in one window for all their wires."""

import numpy as np
import pytest

from helioscope_tpc.windows import compact_clusters, window_charges

PULSE = np.array([0, 60, 90, 70, 45, 27, 15, 8, 4, 2, 1], np.int16)


def charges(samples: np.ndarray, rest: np.ndarray, compact: bool) -> np.ndarray:
    """Sum one cluster: a pulse on wire 0 that rises at sample 40.6, wire 1 below threshold."""
    return window_charges(
        np.array([0, 0]), np.array([0, 1]), np.array([40.6, np.nan]), np.array([3.4, np.nan]),
        np.array([1.0, 2.0]), np.array([compact]), (1, 4), samples, np.array([100.0, 100.0]),
        rest, np.array([0, 0]),
    )  # fmt: skip


@pytest.fixture
def samples() -> np.ndarray:
    quiet = np.full((2, 128), 100, np.int16)
    quiet[0, 40:51] += PULSE
    quiet[1, 40:51] += PULSE // 20
    return quiet


def test_all_wires_are_summed_over_the_same_samples(samples: np.ndarray) -> None:
    found = charges(samples, np.zeros((1, 128), np.float32), compact=True)
    # Samples 39 to 47: from one before the rising edge to four behind the falling one.
    assert found.tolist() == [PULSE[:8].sum(), (PULSE // 20)[:8].sum()]


def test_what_rounding_left_of_the_coherent_noise_comes_off(samples: np.ndarray) -> None:
    rest = np.full((1, 128), 0.25, np.float32)
    without = charges(samples, np.zeros((1, 128), np.float32), compact=True)
    np.testing.assert_allclose(charges(samples, rest, compact=True), without - 9 * 0.25)


def test_noise_outside_the_window_costs_nothing(samples: np.ndarray) -> None:
    without = charges(samples, np.zeros((1, 128), np.float32), compact=True)
    samples[:, 30:39] += 20
    samples[:, 48:60] -= 20
    found = charges(samples, np.zeros((1, 128), np.float32), compact=True)
    assert found.tolist() == without.tolist()


def test_a_cluster_that_is_not_compact_keeps_its_charge(samples: np.ndarray) -> None:
    found = charges(samples, np.zeros((1, 128), np.float32), compact=False)
    assert found.tolist() == [1.0, 2.0]


def test_a_window_at_the_end_of_the_samples_is_cut_there(samples: np.ndarray) -> None:
    samples[:, 124:] += 10
    late = window_charges(
        np.array([0]), np.array([0]), np.array([125.2]), np.array([3.0]), np.array([0.0]),
        np.array([True]), (1, 4), samples, np.array([100.0, 100.0]),
        np.zeros((1, 128), np.float32), np.array([0, 0]),
    )  # fmt: skip
    assert late.tolist() == [40.0]


def test_long_clusters_and_wires_with_two_pulses_are_not_compact() -> None:
    # Cluster 0 is short; 1 is long; 2 and 3 each have a pulse on waveform 3.
    found = compact_clusters(
        np.array([0, 0, 1, 2, 3]), np.array([0, 1, 2, 3, 3]), np.array([6.0, 30.0, 6.0, 6.0]),
        10.5, 4,
    )  # fmt: skip
    assert found.tolist() == [True, False, False, False]
