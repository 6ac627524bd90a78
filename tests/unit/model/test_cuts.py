"""Which cuts rows fail, and what each removes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.model.cuts import MOST_CUTS, CutFlow, failed_cuts

NAMES = ("energy", "width", "veto")


def test_a_row_has_the_bits_of_the_cuts_that_it_fails() -> None:
    passed = [np.array([True, False, True, False]), np.array([True, True, False, False])]
    assert failed_cuts(passed, 4).tolist() == [0, 1, 2, 3]
    assert failed_cuts(passed, 4).dtype == np.uint64
    assert failed_cuts([], 2).tolist() == [0, 0]


def test_the_last_cut_of_the_most_has_its_bit_and_more_are_refused() -> None:
    one = np.array([False])
    assert failed_cuts([~one] * (MOST_CUTS - 1) + [one], 1).tolist() == [1 << (MOST_CUTS - 1)]
    with pytest.raises(ValueError, match=f"{MOST_CUTS} is the most"):
        failed_cuts([one] * (MOST_CUTS + 1), 1)


def test_the_flow_says_what_each_cut_removes_alone_in_sequence_and_by_no_other() -> None:
    flow = CutFlow(NAMES)
    #                        passes, energy, energy and width, width and veto, veto, veto
    flow.add(np.array([0, 1, 0b011, 0b110, 0b100, 0b100], np.uint64))
    values = [tuple(row.values()) for row in flow.table()]
    assert values == [
        ("all rows", 0, 0, 0, 6),
        ("energy", 2, 2, 1, 4),
        ("width", 2, 1, 0, 3),
        ("veto", 3, 2, 2, 1),
    ]


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), max_size=40), st.integers(0, 40))
def test_any_batches_add_up_to_what_the_rows_say_one_by_one(
    rows: list[list[bool]], border: int
) -> None:
    passed = np.array(rows, bool).reshape(-1, 3)
    flow = CutFlow(NAMES)
    for part in (passed[:border], passed[border:]):
        flow.add(failed_cuts(list(part.T), len(part)))
    _, *found = flow.table()
    survivors = list(rows)
    for number, row in enumerate(found):
        others = [r for r in rows if all(r[:number] + r[number + 1 :])]
        assert row["removed_alone"] == sum(not r[number] for r in rows)
        assert row["removed_by_no_other"] == sum(not r[number] for r in others)
        kept = [r for r in survivors if r[number]]
        assert row["removed_in_sequence"] == len(survivors) - len(kept)
        assert row["left"] == len(kept)
        survivors = kept
