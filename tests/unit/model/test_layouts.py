from collections.abc import Callable

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.model.layouts import read_only, text_layout


def batch() -> ak.Array:
    """Six events with columns of every shape that a schema knows."""
    events = 6
    rng = np.random.default_rng(1)
    columns = {
        "time_ns": np.arange(events, dtype=np.int64),
        "frame_adu": rng.integers(0, 99, (events, 3, 2), dtype=np.int16),
        "strip": ak.unflatten(np.arange(12, dtype=np.int32), np.arange(6) % 3 + 1),
        "signal_adu": ak.to_regular(ak.Array(rng.random((events, 2, 4))), axis=None),
        "hit": ak.zip({"wire": ak.Array([[1, 2]] * events), "adu": ak.Array([[0.5, 1]] * events)}),
        "tag": ak.Array(text_layout(["tracking", "Sonne", "µ"] * 2)),
        "perhaps": ak.Array([1.0, None] * 3),
    }
    return ak.zip(columns, depth_limit=1)


CUTS: dict[str, Callable[[ak.Array], ak.Array]] = {
    "whole": lambda rows: rows,
    "middle": lambda rows: rows[1:4],
    "none": lambda rows: rows[:0],
    "chosen": lambda rows: rows[np.asarray(rows["time_ns"]) % 2 == 1],
    "reversed": lambda rows: rows[::-1],
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_read_only_batch_is_the_same_batch(cut: Callable[[ak.Array], ak.Array]) -> None:
    rows = cut(batch())
    locked = ak.Array(read_only(rows.layout))
    assert locked.type == rows.type
    assert locked.tolist() == rows.tolist()


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_no_buffer_of_it_can_be_written(cut: Callable[[ak.Array], ak.Array]) -> None:
    locked = ak.Array(read_only(cut(batch()).layout))
    buffers = ak.to_buffers(locked)[2]
    assert not [name for name, values in buffers.items() if np.asarray(values).flags.writeable]


def test_the_batch_itself_stays_writable_and_nothing_is_copied() -> None:
    rows = batch()
    locked = ak.Array(read_only(rows.layout))
    before, after = (np.asarray(some["frame_adu"]) for some in (rows, locked))
    assert np.shares_memory(before, after)
    before[0, 0, 0] = 7
    assert after[0, 0, 0] == 7
    with pytest.raises(ValueError, match="read-only"):
        after[0, 0, 0] = 8


@given(st.lists(st.text(max_size=5), max_size=8))
def test_texts_come_back_as_they_were(texts: list[str]) -> None:
    assert ak.Array(text_layout(texts)).tolist() == texts
