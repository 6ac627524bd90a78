"""Which cluster and which match each row stands for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.parts import Found
from helioscope_tpc.settings import TpcSettings

Real = NDArray[np.float64]
Whole = NDArray[np.int64]


class Rows(NamedTuple):
    """Which cluster and match each row stands for; -1 for none.

    Attributes
    ----------
    part, cathode_part
        float64: the row's part of the clusters' charges.
    """

    event: Whole
    number: Whole
    mate: Whole
    part: Real
    cathode_part: Real
    ambiguous: NDArray[np.bool_]
    shared: NDArray[np.bool_]


def rows_of(found: Found, events: int, config: TpcSettings) -> Rows:
    """List the rows: one a match, and by setting one for an event without any."""
    anodes = np.flatnonzero(found.keep & (found.clusters.plane == 0))
    cathodes = np.append(np.flatnonzero(found.keep & (found.clusters.plane == 1)), -1)
    m = found.matches
    number = anodes[m.anode]
    rows = Rows(
        found.clusters.event[number], number, cathodes[m.cathode], m.anode_part, m.cathode_part,
        m.ambiguous, m.shared,
    )  # fmt: skip
    if not config.every_event:
        return rows
    bare = np.setdiff1d(np.arange(events), rows.event)
    none, one, no = np.full(len(bare), -1), np.ones(len(bare)), np.zeros(len(bare), bool)
    joined = Rows._make(
        np.concatenate(pair)
        for pair in zip(rows, (bare, none, none, one, one, no, no), strict=True)
    )
    order = np.argsort(joined.event, kind="stable")
    return Rows._make(column[order] for column in joined)
