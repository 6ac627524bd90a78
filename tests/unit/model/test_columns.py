"""Batches of plain columns: built, and given other values."""

from __future__ import annotations

from typing import Any

import awkward as ak
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from helioscope.model.columns import with_columns

ROWS = st.lists(st.tuples(st.integers(-5, 5), st.lists(st.integers(0, 9), max_size=3)), max_size=8)


@given(rows=ROWS, step=st.integers(1, 3))
def test_new_values_stand_in_their_column_and_type_and_leave_the_rest(
    rows: list[tuple[int, list[int]]], step: int
) -> None:
    flat = np.array([number for number, _ in rows], np.int32)
    jagged = ak.values_astype(ak.Array([[0, 1], *[more for _, more in rows]])[1:], np.int64)
    whole = ak.Array({"a": flat, "b": flat.astype(np.float32), "c": jagged})
    batch = whole[::step]
    new = with_columns(batch, {"b": np.arange(len(batch), dtype=np.float64) / 3})
    assert new.fields == whole.fields
    assert new["b"].layout.dtype == np.float32
    assert np.array_equal(new["b"], (np.arange(len(batch)) / 3).astype(np.float32))
    assert new["a"].to_list() == batch["a"].to_list()
    assert new["c"].to_list() == batch["c"].to_list()
    assert np.array_equal(whole["b"], flat.astype(np.float32))


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"b": np.arange(3)}, "no column b among a, jagged, text"),
        ({"a": np.arange(2)}, r"shape \(2,\) for 3 rows"),
        ({"a": np.arange(4)}, r"shape \(4,\) for 3 rows"),
        ({"a": 7}, r"shape \(\) for 3 rows"),
        ({"jagged": np.arange(3)}, "jagged is not flat"),
        ({"text": np.arange(3)}, "text is not flat"),
    ],
    ids=["unknown", "short", "long", "scalar", "jagged", "text"],
)
def test_a_column_that_does_not_fit_is_refused(columns: dict[str, Any], found: str) -> None:
    batch = ak.Array({"a": np.arange(3), "jagged": [[1], [], [2]], "text": ["x", "y", "z"]})
    with pytest.raises(ValueError, match=found):
        with_columns(batch, columns)
