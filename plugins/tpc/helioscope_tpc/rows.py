"""From clusters and matches to rows of observables."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.clusters import Clusters
from helioscope_tpc.columns import OBSERVABLES
from helioscope_tpc.constants import Constants
from helioscope_tpc.marks import marks_of, outside_windows
from helioscope_tpc.orders import order_by_wire
from helioscope_tpc.pairs import rows_of
from helioscope_tpc.parts import Found
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.shapes import context, shape
from helioscope_tpc.sharing import POINT_SPREAD, charge_shares, places
from helioscope_tpc.waveforms import Levels, Waveforms
from helioscope_tpc.wire_columns import cluster_wires, event_levels, signals

Real = NDArray[np.float64]
Whole = NDArray[np.int64]


def observables(
    event_id: Whole,
    time_ns: Whole,
    veto_us: Real,
    waveforms: Waveforms,
    levels: Levels,
    found: Found,
    config: TpcSettings,
    constants: Constants,
) -> ak.Array:
    """Build the rows: one an anode cluster, and by setting one for an event without any.

    Their energies are still to come: see `energies`.
    """
    table = rows_of(found, len(event_id), config)
    event, number, mate = table.event, table.number, table.mate
    padded = _padded(found.clusters)
    anode, cathode = padded.chosen(number), padded.chosen(mate)
    anode = replace(
        anode, charge=anode.charge * table.part, charge_early=anode.charge_early * table.part
    )
    cathode = replace(cathode, charge=cathode.charge * table.cathode_part)
    shares = charge_shares(event, anode, cathode)
    anode = replace(anode, charge=anode.charge * shares, charge_early=anode.charge_early * shares)
    across = places(number, table.part, cathode.time, found.clusters, POINT_SPREAD[0])
    up = places(mate, table.cathode_part, anode.time, found.clusters, POINT_SPREAD[1])
    anode, cathode = replace(anode, centre=across.centre), replace(cathode, centre=up.centre)
    table = table._replace(ambiguous=table.ambiguous | across.ambiguous | up.ambiguous)
    order = order_by_wire(
        found.parts.cluster, waveforms.wire[found.parts.waveform], len(found.clusters)
    )
    columns: dict[str, Any] = {
        "event_id": event_id[event],
        "time_ns": time_ns[event],
        "veto_difference_us": veto_us[event],
        **shape(anode, cathode, config, constants),
        **context(event, anode, found, config, constants),
        **event_levels(event, len(event_id), waveforms, levels),
        **cluster_wires(number, "anode", found.parts, order, waveforms, config, with_time=True),
        **cluster_wires(mate, "cathode", found.parts, order, waveforms, config, with_time=False),
        **signals(event, len(event_id), waveforms, config),
    }
    columns["quality"] = outside_windows(columns["x_mm"], columns["y_mm"], config) | marks_of(
        table, anode, cathode, found, waveforms, constants, config
    )
    return _table(columns)


def _padded(clusters: Clusters) -> Clusters:
    """Put one behind the last that stands for none: index -1."""
    columns = [getattr(clusters, field.name) for field in fields(clusters)]
    return Clusters(*[np.append(c, 0 if c.dtype.kind == "i" else np.nan) for c in columns])


def _table(columns: dict[str, Any]) -> ak.Array:
    """Give the columns the types of the schema."""
    without = np.zeros(len(columns["event_id"]))
    typed = {}
    for column in OBSERVABLES.columns:
        values = columns.get(column.name, without)
        if not column.axes:
            values = np.nan_to_num(values) if column.dtype.startswith("int") else values
            values = np.asarray(values).astype(column.dtype)
        typed[column.name] = values
    rows = len(typed["event_id"])
    for column in OBSERVABLES.columns:
        if column.axes and len(typed[column.name]) != rows:
            empty = np.empty(0, column.dtype)
            typed[column.name] = ak.unflatten(empty, np.zeros(rows, np.int64))
    if not rows:
        return OBSERVABLES.empty()
    contents = [
        ak.contents.NumpyArray(values) if isinstance(values, np.ndarray) else values.layout
        for values in typed.values()
    ]
    return ak.Array(ak.contents.RecordArray(contents, list(OBSERVABLES.names)))
