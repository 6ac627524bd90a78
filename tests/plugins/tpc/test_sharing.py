"""Two photons that share clusters: where each lies and how the charge is parted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helioscope_tpc.clusters import Clusters, Hits, summarise
from helioscope_tpc.plugin import DETECTOR
from helioscope_tpc.sharing import charge_shares, places

from .chamber import setup_of, simulated

WIRES = np.arange(40)
POINT = 0.9


def shared(lower: float, higher: float, part: float, lead: float) -> Clusters:
    """Make one cluster of two photons; the higher one, with ``part`` of it, is ``lead`` earlier."""
    low = (1 - part) * np.exp(-0.5 * ((WIRES - lower) / POINT) ** 2)
    high = part * np.exp(-0.5 * ((WIRES - higher) / POINT) ** 2)
    hit = low + high > 1e-6
    charge = (low + high)[hit]
    time = 30.0 - lead * (high[hit] / charge)
    zero, one = np.zeros(hit.sum()), np.ones(hit.sum())
    event = zero.astype(np.int64)
    hits = Hits(event, event + 1, WIRES[hit], time - 1, time + 5, time, charge)
    return summarise(hits, event, 1, 3 * one, one)


@pytest.mark.parametrize("part", [0.5, 0.3])
@pytest.mark.parametrize("lead", [2.0, -2.0])
def test_two_photons_in_one_cluster_get_their_places_back(part: float, lead: float) -> None:
    cluster = shared(10.0, 12.5, part, lead)
    times = np.array([30.0, 30.0 - lead])
    found = places(np.array([0, 0]), np.array([1 - part, part]), times, cluster, POINT)
    np.testing.assert_allclose(found.centre, [10.0, 12.5], atol=0.02)
    assert not found.ambiguous.any()


def test_photons_at_one_place_stay_there_and_at_one_time_are_ambiguous() -> None:
    cluster = shared(10.0, 10.0, 0.5, 0.1)
    found = places(np.array([0, 0]), np.array([0.5, 0.5]), np.array([30.0, 29.9]), cluster, POINT)
    np.testing.assert_allclose(found.centre, 10.0, atol=0.02)
    assert found.ambiguous.all()


def test_rows_with_a_cluster_of_their_own_keep_its_centre() -> None:
    cluster = shared(10.0, 12.5, 0.5, 2.0)
    found = places(np.array([0, -1]), np.ones(2), np.array([30.0, np.nan]), cluster, POINT)
    np.testing.assert_allclose(found.centre[0], 11.25, atol=0.01)
    assert np.isnan(found.centre[1])
    assert not found.ambiguous.any()


def side_by_side(charge: tuple[float, float], distance: int) -> Clusters:
    """Make clusters of three wires each, with these charges, so many wires apart."""
    wire = np.array([10, 11, 12])
    hits = Hits(
        np.zeros(6, np.int64), np.zeros(6, np.int64), np.concatenate((wire, wire + distance)),
        np.full(6, 29.0), np.full(6, 35.0), np.full(6, 30.0), np.repeat(charge, 3) / 3,
    )  # fmt: skip
    return summarise(hits, np.repeat([0, 1], 3), 2, np.full(6, 3.0), np.ones(6))


def test_cathodes_that_stand_apart_part_the_charge_of_anodes_that_touch() -> None:
    event = np.array([0, 0])
    anode, cathode = side_by_side((2.0, 4.0), 3), side_by_side((1.5, 1.5), 5)
    factor = charge_shares(event, anode, cathode)
    np.testing.assert_allclose(factor * anode.charge, 3.0)
    assert (charge_shares(event, side_by_side((2.0, 4.0), 5), cathode) == 1).all(), "anodes apart"
    assert (charge_shares(event, anode, side_by_side((1.5, 1.5), 2)) == 1).all(), "cathodes near"
    assert (charge_shares(np.array([0, 1]), anode, cathode) == 1).all(), "of two events"
    unmatched = replace(cathode, charge=np.array([1.5, np.nan]))
    assert (charge_shares(event, anode, unmatched) == 1).all(), "one has no cathode"


def test_most_pairs_lie_where_they_came(tmp_path: Path) -> None:
    raw, truth = simulated(tmp_path, pairs=150, pair_distance_mm=16.0)
    rows = DETECTOR.reconstruction(setup_of())(raw).observables
    event, count = np.unique(np.asarray(rows["event_id"]), return_counts=True)
    near = 0
    for number in event[count == 2]:
        mine, true = rows[rows["event_id"] == number], truth[truth["event_id"] == number]
        x, y = (np.asarray(mine[n])[:, None] - np.asarray(true[n])[None] for n in ("x_mm", "y_mm"))
        close = (np.abs(x) < 3) & (np.abs(y) < 3)
        near += (close[0, 0] and close[1, 1]) or (close[0, 1] and close[1, 0])
    assert near >= 0.93 * 150
