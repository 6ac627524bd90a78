"""Events that come twice within a batch, and the rows that are made of them."""

from __future__ import annotations

import awkward as ak
import numpy as np

from helioscope.core.events.event_rows import distinct, without


def events(*pairs: tuple[int, int]) -> ak.Array:
    number, time = zip(*pairs, strict=True)
    return ak.zip({"event_id": np.array(number), "time_ns": np.array(time)})


def pairs(batch: ak.Array) -> list[tuple[int, int]]:
    return list(zip(batch["event_id"].to_list(), batch["time_ns"].to_list(), strict=True))


def test_each_event_is_given_once_in_its_order_and_found_again() -> None:
    raw = events((7, 10), (3, 20), (7, 10), (3, 21), (1, 5), (3, 20))
    batch, place = distinct(raw)
    assert pairs(batch) == [(7, 10), (3, 20), (3, 21), (1, 5)]
    assert np.arange(4)[place].tolist() == [0, 1, 0, 2, 3, 1]


def test_a_batch_without_doubles_stays_as_it_is() -> None:
    for raw in (events((1, 5), (2, 5), (9, 1)), events((2, 5), (1, 5), (2, 6))):
        batch, place = distinct(raw)
        assert batch is raw
        assert np.arange(3)[place].tolist() == [0, 1, 2]


def test_rows_go_with_their_event_unless_its_double_is_kept() -> None:
    rows = events((1, 5), (1, 5), (2, 6), (1, 7), (4, 4))
    gone = np.array([1, 2, 4]), np.array([5, 6, 4])
    kept = np.array([1, 4]), np.array([7, 4])
    assert pairs(without(rows, gone, kept)) == [(1, 7), (4, 4)]
