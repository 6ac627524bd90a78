"""Events and the rows made of them: doubles left out, time bits passed on."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

#: Numbers and times of events, int64 both.
Events = tuple[NDArray[np.int64], NDArray[np.int64]]


def distinct(raw: ak.Array) -> tuple[ak.Array, NDArray[np.int64] | slice]:
    """Leave out events that stand twice in one batch, which a detector could not tell apart.

    Returns
    -------
    batch, index
        The index gives for each event of the raw batch its place in the one returned.
    """
    event_id = np.asarray(raw["event_id"])
    if (event_id[1:] > event_id[:-1]).all():
        return raw, slice(None)
    pairs = np.stack((event_id, np.asarray(raw["time_ns"])))
    _, first, same = np.unique(pairs, axis=1, return_index=True, return_inverse=True)
    if first.size == event_id.size:
        return raw, slice(None)
    kept = np.sort(first)
    place: NDArray[np.int64] = np.searchsorted(kept, first[same.reshape(-1)])
    return raw[kept], place


def without(rows: ak.Array, gone: Events, kept: Events) -> ak.Array:
    """Leave out the rows of events that are gone, unless an event just like it is kept."""
    return rows[~_are_of(rows, gone) | _are_of(rows, kept)]


def with_time_bits(
    rows: ak.Array, event_id: NDArray[np.int64], bits: NDArray[np.uint32]
) -> ak.Array:
    """Set the time bits of the events on the rows that came of them."""
    if not bits.any() or not len(rows):
        return rows
    flagged = event_id[bits != 0]
    order = np.argsort(flagged, kind="stable")
    place = np.searchsorted(flagged[order], np.asarray(rows["event_id"]))
    place = np.minimum(place, flagged.size - 1)
    hit = flagged[order][place] == np.asarray(rows["event_id"])
    extra = np.where(hit, bits[bits != 0][order][place], np.uint32(0))
    return ak.with_field(rows, np.asarray(rows["quality"]) | extra, "quality")


def _are_of(rows: ak.Array, events: Events) -> NDArray[np.bool_]:
    known = set(zip(*(column.tolist() for column in events), strict=True))
    pairs = zip(rows["event_id"].to_list(), rows["time_ns"].to_list(), strict=True)
    return np.fromiter((pair in known for pair in pairs), bool, len(rows))
