"""Rows beside their truth."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray


def beside(rows: ak.Array, truth: ak.Array) -> ak.Array:
    """Give the truth of each row, found by the event's number; in the order of the rows."""
    known = truth[np.asarray(truth["recorded"])]
    number = np.asarray(known["event_id"])
    place = np.searchsorted(number, np.asarray(rows["event_id"]))
    return known[place]


def origins(truth: ak.Array) -> NDArray[np.str_]:
    """Give the origins as a numpy array of text."""
    return np.array(ak.to_list(truth["origin"]), str)
