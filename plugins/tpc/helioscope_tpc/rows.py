"""From clusters and matches to rows of observables."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import quality
from helioscope_tpc.clusters import Clusters
from helioscope_tpc.columns import NO_CLUSTER, OBSERVABLES, OUTSIDE_WINDOWS, SHARED, UNMATCHED
from helioscope_tpc.constants import Constants
from helioscope_tpc.matching import Matches
from helioscope_tpc.orders import order_by_wire
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.survival import corrected_kev
from helioscope_tpc.waveforms import Levels, Waveforms

Real = NDArray[np.float64]
Whole = NDArray[np.int64]


class Parts(NamedTuple):
    """What the charge of the clusters is made of: pulses, and wires at their sides.

    Attributes
    ----------
    cluster, waveform
        int64.
    charge_adu, time, width
        float64: charge; time and width in samples, NaN below threshold.
    """

    cluster: Whole
    waveform: Whole
    charge_adu: Real
    time: Real
    width: Real


class Found(NamedTuple):
    """All clusters of a batch, which of them count, and the matches of those."""

    clusters: Clusters
    keep: NDArray[np.bool_]
    parts: Parts
    matches: Matches


def completed(
    clusters: Clusters, parts: Parts, waveforms: Waveforms, gain: Real, config: TpcSettings
) -> tuple[Clusters, NDArray[np.bool_]]:
    """Take the side wires into charge, centre and spread; say which clusters are large enough."""
    number = len(clusters)
    wire = waveforms.wire[parts.waveform]
    wire = np.where(wire >= config.anode_wires, wire - config.anode_wires, wire)
    charge = parts.charge_adu / gain[parts.waveform]
    total = np.bincount(parts.cluster, charge, number).astype(np.float64)
    safe = np.where(total > 0, total, np.nan)
    centre = np.bincount(parts.cluster, charge * wire, number) / safe
    square = np.bincount(parts.cluster, charge * wire**2, number) / safe - centre**2
    keep = (
        total
        >= np.where(clusters.plane == 0, 1.0, config.cathode_ratio) * config.cluster_charge_kev
    )
    whole = replace(
        clusters,
        charge=total,
        centre=np.where(keep, centre, clusters.centre),
        spread=np.sqrt(np.maximum(np.where(keep, square, 0.0), 0.0)),
    )
    return whole, keep


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
    """Build the rows: one an anode cluster, and by setting one for an event without any."""
    table = _rows_of(found, len(event_id), config)
    event, number, mate = table.event, table.number, table.mate
    padded = _padded(found.clusters)
    anode, cathode = padded.chosen(number), padded.chosen(mate)
    anode = replace(
        anode, charge=anode.charge * table.part, charge_early=anode.charge_early * table.part
    )
    cathode = replace(cathode, charge=cathode.charge * table.cathode_part)
    order = order_by_wire(
        found.parts.cluster, waveforms.wire[found.parts.waveform], len(found.clusters)
    )
    columns: dict[str, Any] = {
        "event_id": event_id[event],
        "time_ns": time_ns[event],
        "veto_difference_us": veto_us[event],
        **_shape(anode, cathode, config, constants),
        **_context(event, anode, found, config, constants),
        **_event_levels(event, len(event_id), waveforms, levels),
        **_wires(number, "anode", found.parts, order, waveforms, config, with_time=True),
        **_wires(mate, "cathode", found.parts, order, waveforms, config, with_time=False),
        **_signals(event, len(event_id), waveforms, config),
    }
    columns.update(_energy(anode, columns["x_mm"], columns["y_mm"], config, constants))
    columns["quality"] = _windows(columns["x_mm"], columns["y_mm"], config) | _quality(
        table, anode, cathode, found, waveforms, constants, config
    )
    return _table(columns)


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


def _rows_of(found: Found, events: int, config: TpcSettings) -> Rows:
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


def _padded(clusters: Clusters) -> Clusters:
    """Put one behind the last that stands for none: index -1."""
    columns = [getattr(clusters, field.name) for field in fields(clusters)]
    return Clusters(*[np.append(c, 0 if c.dtype.kind == "i" else np.nan) for c in columns])


def _shape(
    anode: Clusters, cathode: Clusters, config: TpcSettings, constants: Constants
) -> dict[str, Any]:
    sample, pitch = config.sample_us, config.pitch_mm
    z_mm = constants.velocity_mm_per_us * sample
    spread_z = anode.time_spread * z_mm
    across, along = (anode.spread * pitch) ** 2, spread_z**2
    cross = anode.cross * pitch * z_mm
    root = np.sqrt(((across - along) / 2) ** 2 + cross**2)
    middle = (across + along) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        linearity = np.where(middle + root > 0, 2 * root / (middle + root), 0.0)
        late = anode.charge - anode.charge_early
    extent_x = (anode.wire_last - anode.wire_first + 1) * pitch
    extent_y = (cathode.wire_last - cathode.wire_first + 1) * pitch
    duration = anode.stop - anode.start
    height = np.where(np.isfinite(cathode.charge), extent_y, 0.0)
    return {
        "x_mm": (anode.centre - (config.anode_wires - 1) / 2) * pitch,
        "y_mm": (cathode.centre - (config.cathode_wires - 1) / 2) * pitch,
        "anode_charge_kev": anode.charge,
        "cathode_charge_kev": cathode.charge,
        "charge_ratio": cathode.charge / anode.charge,
        "time_us": anode.time * sample,
        "time_difference_us": (cathode.time - anode.time) * sample,
        "anode_multiplicity": anode.multiplicity,
        "cathode_multiplicity": cathode.multiplicity,
        "width_us": anode.width * sample,
        "cathode_width_us": cathode.width * sample,
        "rise_us": anode.rise * sample,
        "duration_us": duration * sample,
        "spread_x_mm": anode.spread * pitch,
        "spread_y_mm": cathode.spread * pitch,
        "drift_spread_mm": np.hypot(spread_z, anode.width * z_mm / 2.355),
        "length_mm": np.sqrt(extent_x**2 + height**2 + (duration * z_mm) ** 2),
        "linearity": linearity,
        "dedx_asymmetry": (late - anode.charge_early) / anode.charge,
    }


def _context(
    event: Whole, anode: Clusters, found: Found, config: TpcSettings, constants: Constants
) -> dict[str, Any]:
    events = int(event.max()) + 1 if len(event) else 0
    counted = []
    for plane in (0, 1):
        of_plane = found.clusters.event[found.keep & (found.clusters.plane == plane)]
        counted.append(np.bincount(of_plane, minlength=events)[event] if events else event)
    first = np.full(events, np.inf)
    np.fmin.at(first, event, anode.time)
    behind = (anode.time - first[event]) if events else anode.time
    return {
        "anode_clusters": counted[0],
        "cathode_clusters": counted[1],
        "z_relative_mm": behind * config.sample_us * constants.velocity_mm_per_us,
    }


def _event_levels(
    event: Whole, events: int, waveforms: Waveforms, levels: Levels
) -> dict[str, Any]:
    read = waveforms.signals
    count = np.bincount(read.event, minlength=events)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(read.event, read.own.mean_adu, events) / count
        sigma = np.bincount(read.event, read.own.sigma_adu, events) / count
    return {
        "baseline_mean_adu": mean[event],
        "baseline_sigma_adu": sigma[event],
        "coherent_noise_adu": levels.coherent_adu[event],
    }


def _wires(
    cluster: Whole, plane: str, parts: Parts, order: Whole, waveforms: Waveforms,
    config: TpcSettings, with_time: bool,
) -> dict[str, Any]:  # fmt: skip
    """Give the wires of each row's cluster, in order of the wires."""
    wire = waveforms.wire[parts.waveform]
    highest = int(max(parts.cluster.max(initial=-1), cluster.max(initial=-1))) + 1
    count = np.bincount(parts.cluster, minlength=highest + 1)
    first = np.concatenate(([0], np.cumsum(count)))[:-1]
    lengths = np.where(cluster >= 0, count[cluster], 0)
    starts = np.where(cluster >= 0, first[cluster], 0)
    place = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)))[:-1], lengths)
    chosen = order[np.arange(int(lengths.sum())) + place]
    columns = {
        f"{plane}_wire": _jagged(wire[chosen].astype(np.int16), lengths),
        f"{plane}_charge_adu": _jagged(parts.charge_adu[chosen].astype(np.float32), lengths),
    }
    if with_time:
        time_us = parts.time[chosen] * config.sample_us
        width_us = parts.width[chosen] * config.sample_us
        columns[f"{plane}_time_us"] = _jagged(time_us.astype(np.float32), lengths)
        columns[f"{plane}_width_us"] = _jagged(width_us.astype(np.float32), lengths)
    return columns


def _jagged(values: NDArray[Any], counts: Whole) -> ak.Array:
    offsets = np.concatenate(([0], np.cumsum(counts)))
    content = ak.contents.NumpyArray(values)
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets), content))


def _signals(
    event: Whole, events: int, waveforms: Waveforms, config: TpcSettings
) -> dict[str, Any]:
    if not config.signal_baselines:
        none = np.zeros(len(event), np.int64)
        return {
            name: _jagged(np.empty(0, OBSERVABLES[name].dtype), none)
            for name in ("signal_wire", "signal_baseline_mean_adu", "signal_baseline_sigma_adu")
        }
    read = waveforms.signals
    count = np.bincount(read.event, minlength=events)
    return {
        "signal_wire": ak.unflatten(read.wire.astype(np.int16), count)[event],
        "signal_baseline_mean_adu": ak.unflatten(read.own.mean_adu, count)[event],
        "signal_baseline_sigma_adu": ak.unflatten(read.own.sigma_adu, count)[event],
    }


def _energy(
    anode: Clusters, x_mm: Real, y_mm: Real, config: TpcSettings, constants: Constants
) -> dict[str, Any]:
    columns, rows = constants.scale.shape
    column = np.clip((x_mm / config.width_mm + 0.5) * columns, 0, columns - 1)
    row = np.clip((np.nan_to_num(y_mm) / config.height_mm + 0.5) * rows, 0, rows - 1)
    scale = constants.scale[np.nan_to_num(column).astype(int), row.astype(int)]
    energy = corrected_kev(
        np.nan_to_num(np.maximum(anode.charge, 0.0) * scale), config.drift_mm, config.argon_share,
        constants.velocity_mm_per_us * constants.lifetime_us,
    )  # fmt: skip
    per_electron = config.fano + 1.0 / (1.0 + config.polya_theta)
    return {
        "energy_kev": energy,
        "energy_err_kev": np.sqrt(energy * per_electron * config.w_value_ev / 1000.0),
    }


def _quality(
    table: Rows, anode: Clusters, cathode: Clusters, found: Found, waveforms: Waveforms,
    constants: Constants, config: TpcSettings,
) -> NDArray[np.uint32]:  # fmt: skip
    event, number, mate = table.event, table.number, table.mate
    marks = waveforms.event_quality[event].copy()
    has, matched = number >= 0, mate >= 0
    uncalibrated = ~np.isfinite(constants.gain_adu_per_kev.sum(axis=0))
    if config.use_pedestals:
        uncalibrated |= ~np.isfinite(constants.pedestal_adu)
        uncalibrated |= ~np.isfinite(constants.noise_adu)
    touched = np.zeros(len(found.clusters) + 1, bool)
    touched[found.parts.cluster[uncalibrated[waveforms.wire[found.parts.waveform]]]] = True
    edge_x = (anode.wire_first == 0) | (anode.wire_last == config.anode_wires - 1)
    edge_y = (cathode.wire_first == 0) | (cathode.wire_last == config.cathode_wires - 1)
    for condition, bit in (
        (~has, NO_CLUSTER),
        (has & ~matched, UNMATCHED),
        (has & table.ambiguous, quality.AMBIGUOUS),
        (has & table.shared, SHARED),
        ((has & edge_x) | (matched & edge_y), quality.EDGE),
        (touched[number] | touched[mate], quality.UNCALIBRATED),
    ):
        marks[condition] |= np.uint32(bit.mask)
    return marks


def _windows(x_mm: Real, y_mm: Real, config: TpcSettings) -> NDArray[np.uint32]:
    """Mark what does not lie behind the window of one of the two bores; y unknown is outside."""
    away = np.hypot(x_mm, np.abs(y_mm) - config.bore_distance_mm / 2)
    inside = away <= config.fiducial_radius_mm
    return np.where(inside, 0, OUTSIDE_WINDOWS.mask).astype(np.uint32)


def _table(columns: dict[str, Any]) -> ak.Array:
    """Give the columns the types of the schema."""
    typed = {}
    for column in OBSERVABLES.columns:
        values = columns[column.name]
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
