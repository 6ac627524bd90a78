"""A discriminator that breaks its word about its cuts."""

from __future__ import annotations

from collections.abc import Callable

import awkward as ak
import numpy as np
import pytest

from helioscope.api import Discriminate, Discriminator, PluginError, Settings, failed_cuts
from helioscope.core.events.border import discriminated

ROWS = ak.Array({"energy_kev": np.array([0.5, 3.0, 12.0], np.float32)})


def judged(change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]) -> ak.Array:
    def discriminate(rows: ak.Array) -> ak.Array:
        energy = np.asarray(rows["energy_kev"])
        failed = failed_cuts([energy > 1.0, energy < 10.0], len(rows))
        verdict = {
            "score": np.ones(len(rows), np.float32),
            "accepted": failed == 0,
            "cuts_failed": failed,
        }
        return ak.Array(change(verdict))

    ready: Discriminate = discriminate
    two = Discriminator(
        "two", "counter", 1, Settings, lambda _setup: ready, cuts=lambda _config: ("low", "high")
    )
    return discriminated(two, ready, ROWS, "run r, batch 0", seed=0, cuts=2)


def test_a_verdict_by_cuts_crosses_the_border() -> None:
    found = judged(lambda verdict: verdict)
    assert found["cuts_failed"].tolist() == [1, 0, 2]
    assert found["accepted"].tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: {**v, "accepted": np.array([True, True, False])}, "1 rows accepted against"),
        (lambda v: {**v, "accepted": np.zeros(3, bool)}, "1 rows accepted against"),
        (lambda v: {**v, "cuts_failed": v["cuts_failed"] << np.uint64(2)}, "0x4"),
        (lambda v: {**v, "cuts_failed": v["cuts_failed"].astype(np.int64)}, "int64"),
        (
            lambda v: {key: v[key] for key in ("score", "accepted")},
            "cuts_failed: found no such column",
        ),
    ],
    ids=["accepts-against-a-cut", "rejects-by-none", "unnamed-cut", "type", "missing"],
)
def test_a_discriminator_that_breaks_its_word_is_named(
    change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]], message: str
) -> None:
    with pytest.raises(PluginError, match=message) as raised:
        judged(change)
    assert "discriminator 'two' 1" in str(raised.value)
