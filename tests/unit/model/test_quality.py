"""Quality bits by name and meaning."""

from __future__ import annotations

import numpy as np

from helioscope.model import quality
from helioscope.model.quality import COMMON, EDGE, NOT_FINITE, SATURATED


def test_common_bits_are_distinct_and_leave_the_upper_half_to_detectors() -> None:
    bits = [bit.bit for bit in COMMON]
    assert len(set(bits)) == len(bits)
    assert max(bits) < 16
    assert len({bit.name for bit in COMMON}) == len(bits)


def test_names_and_counts_agree() -> None:
    values = np.array([0, EDGE.mask, EDGE.mask | SATURATED.mask], np.uint32)
    assert quality.names(int(values[2])) == ["saturated", "edge"]
    assert quality.counts(values) == {"saturated": 1, "edge": 2}


def test_only_bits_that_spoil_a_measurement_exclude() -> None:
    mask = quality.excluding_mask()
    assert mask & NOT_FINITE.mask
    assert not mask & EDGE.mask
