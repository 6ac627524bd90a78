"""Clusters in the wire-time plane, their cutting and their matching."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from helioscope_tpc.clusters import Clusters, Hits, label, summarise
from helioscope_tpc.matching import match
from helioscope_tpc.orders import order_by_wire
from helioscope_tpc.splitting import split


def hits_of(*rows: tuple[int, int, int, float, float], length: float = 6.0) -> Hits:
    """Make hits from (event, plane, wire, time, charge)."""
    table = np.array(rows, np.float64).reshape(-1, 5)
    event, plane, wire = table[:, :3].astype(np.int64).T
    time = table[:, 3]
    return Hits(event, plane, wire, time - 1, time + length - 1, time, table[:, 4])


def clustered(hits: Hits) -> Clusters:
    found, number = label(hits, 0, 2.5, 10.5)
    ones = np.ones(len(hits.event))
    return summarise(hits, found, number, 3 * ones, ones)


#: Times on a grid that binary fractions hold exactly: moved by whole samples they keep their order.
TIME = st.integers(20 * 64, 60 * 64).map(lambda step: step / 64)
HIT = st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 20), TIME, st.floats(0.1, 9))


@given(st.lists(HIT, max_size=30), st.randoms(use_true_random=False))
def test_order_of_the_hits_changes_no_cluster(rows: list[Any], shuffle: Any) -> None:
    mixed = list(rows)
    shuffle.shuffle(mixed)
    first, second = clustered(hits_of(*rows)), clustered(hits_of(*mixed))
    for name in ("event", "plane", "multiplicity", "wire_first", "wire_last"):
        assert sorted(getattr(first, name)) == sorted(getattr(second, name))
    np.testing.assert_allclose(np.sort(first.charge), np.sort(second.charge))


@given(st.lists(HIT, min_size=1, max_size=30), st.integers(0, 50), st.integers(0, 30))
def test_moved_hits_give_moved_clusters(rows: list[Any], wires: int, samples: int) -> None:
    moved = [(e, p, w + wires, t + samples, q) for e, p, w, t, q in rows]
    first, second = clustered(hits_of(*rows)), clustered(hits_of(*moved))
    np.testing.assert_allclose(second.centre - first.centre, wires, atol=1e-6)
    np.testing.assert_allclose(second.time - first.time, samples, atol=1e-6)
    np.testing.assert_allclose(second.charge, first.charge)


@given(st.lists(HIT, max_size=40))
def test_every_hit_is_in_one_cluster_and_charge_is_kept(rows: list[Any]) -> None:
    hits = hits_of(*rows)
    found = clustered(hits)
    assert found.charge.sum() == np.float64(hits.charge.sum()).round(9) or np.isclose(
        found.charge.sum(), hits.charge.sum()
    )
    assert (np.diff(found.event * 2 + found.plane) >= 0).all()


def test_neighbours_in_wire_and_time_are_one_cluster() -> None:
    found = clustered(hits_of((0, 0, 5, 30, 2), (0, 0, 6, 31, 4), (0, 0, 7, 30.5, 2)))
    assert found.multiplicity.tolist() == [3]
    assert found.centre[0] == 6
    assert found.spread[0] == np.sqrt(0.5)


def test_events_planes_gaps_and_times_part_clusters() -> None:
    found = clustered(
        hits_of((0, 0, 5, 30, 1), (1, 0, 5, 30, 1), (0, 1, 5, 30, 1), (0, 0, 7, 30, 1),
                (0, 0, 8, 40, 1))
    )  # fmt: skip
    assert found.multiplicity.tolist() == [1] * 5


def test_long_runs_that_overlap_are_a_track() -> None:
    steep = hits_of((0, 0, 5, 30, 5), (0, 0, 6, 38, 5), length=20)
    assert clustered(steep).multiplicity.tolist() == [2]
    short = hits_of((0, 0, 5, 30, 5), (0, 0, 6, 38, 5), length=9)
    assert clustered(short).multiplicity.tolist() == [1, 1]


def test_two_maxima_over_the_wires_are_cut_at_the_valley() -> None:
    profile = [1.0, 3.0, 0.4, 2.5, 1.0]
    hits = hits_of(*[(0, 0, 5 + i, 30, q) for i, q in enumerate(profile)])
    found, number = label(hits, 0, 2.5, 10.5)
    assert number == 1
    parts, number = split(hits, found, number, 0.7, 0.25, 12)
    assert number == 2
    assert parts.tolist() in ([0, 0, 0, 1, 1], [0, 0, 1, 1, 1])
    assert split(hits, found, 1, 0.1, 0.25, 12)[1] == 1
    assert split(hits, found, 1, 0.7, 0.25, 4)[1] == 1


def plane(*rows: tuple[int, float, float], cathode: bool = False) -> Clusters:
    """Make clusters from (event, time, charge)."""
    hits = hits_of(*[(e, int(cathode), 7 * i, t, q) for i, (e, t, q) in enumerate(rows)])
    return clustered(hits)


def matched(anodes: Clusters, cathodes: Clusters) -> Any:
    return match(anodes, cathodes, 4.0, 0.5, 0.5)


def test_clusters_match_by_time_and_charge() -> None:
    found = matched(
        plane((0, 30, 4.0), (0, 50, 2.0)), plane((0, 50, 1.0), (0, 30, 2.0), cathode=True)
    )
    assert found.cathode.tolist() == [1, 0]
    assert not found.ambiguous.any()
    assert not found.shared.any()


def test_a_cluster_far_off_in_time_matches_nothing() -> None:
    found = matched(plane((0, 30, 4.0)), plane((0, 60, 2.0), cathode=True))
    assert found.cathode.tolist() == [-1]


def test_clusters_of_different_events_never_match() -> None:
    found = matched(
        plane((0, 30, 4.0), (2, 30, 4.0)), plane((1, 30, 2.0), (2, 30, 2.0), cathode=True)
    )
    assert found.cathode.tolist() == [-1, 1]


def test_times_that_agree_outweigh_charges_that_nearly_do() -> None:
    found = matched(
        plane((0, 30, 4.0), (0, 32, 5.0)), plane((0, 30, 2.6), (0, 32, 1.9), cathode=True)
    )
    assert found.cathode.tolist() == [0, 1]
    assert not found.ambiguous.any()


def test_two_like_pairs_are_ambiguous() -> None:
    found = matched(
        plane((0, 30, 4.0), (0, 30.5, 4.1)), plane((0, 30, 2.0), (0, 30.5, 2.05), cathode=True)
    )
    assert sorted(found.cathode.tolist()) == [0, 1]
    assert found.ambiguous.all()


def test_one_anode_cluster_over_two_cathode_clusters_is_two_rows_in_parts() -> None:
    found = matched(plane((0, 30, 6.0)), plane((0, 30, 2.0), (0, 30, 1.0), cathode=True))
    assert found.anode.tolist() == [0, 0]
    np.testing.assert_allclose(found.anode_part, [2 / 3, 1 / 3])
    assert found.shared.all()


def test_one_cathode_cluster_under_two_anode_clusters_is_shared() -> None:
    found = matched(plane((0, 30, 4.0), (0, 30, 2.0)), plane((0, 30, 3.0), cathode=True))
    assert found.cathode.tolist() == [0, 0]
    np.testing.assert_allclose(found.cathode_part, [2 / 3, 1 / 3])


@given(
    st.lists(st.tuples(st.integers(0, 4), st.floats(20, 60), st.floats(0.5, 9)), max_size=12),
    st.lists(st.tuples(st.integers(0, 4), st.floats(20, 60), st.floats(0.2, 5)), max_size=12),
)
def test_every_anode_has_a_row_and_parts_add_up(anodes: list[Any], cathodes: list[Any]) -> None:
    one, other = plane(*anodes), plane(*cathodes, cathode=True)
    found = matched(one, other)
    assert np.unique(found.anode).tolist() == list(range(len(one.event)))
    np.testing.assert_allclose(np.bincount(found.anode, found.anode_part), 1.0)
    paired = found.cathode >= 0
    assert (one.event[found.anode[paired]] == other.event[found.cathode[paired]]).all()
    pairs = list(zip(found.anode[paired], found.cathode[paired], strict=True))
    assert len(pairs) == len(set(pairs))


def test_parts_are_ordered_by_cluster_then_wire_and_keep_their_order_on_a_wire() -> None:
    rng = np.random.default_rng(4)
    cluster, wire = rng.integers(0, 9, 300), rng.integers(0, 12, 300)
    found = order_by_wire(cluster, wire, 11)
    assert found.tolist() == np.lexsort((np.arange(300), wire, cluster)).tolist()
