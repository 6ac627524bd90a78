"""Measured columns to rows of the observables schema, but for the energies: see `energies`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import Reconstructed, quality
from helioscope_micromegas import observables, strip_columns
from helioscope_micromegas.energies import CHARGES
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.strips import Observed
from helioscope_micromegas.vetoes import Vetoes, coincident, largest

_BITS = {
    strip_columns.NOT_FINITE: quality.NOT_FINITE,
    strip_columns.SATURATED: quality.SATURATED,
    strip_columns.NEGATIVE: quality.NEGATIVE,
    strip_columns.EDGE: quality.EDGE,
    strip_columns.BAD_NEIGHBOUR: quality.BAD_NEIGHBOUR,
    strip_columns.AMBIGUOUS: quality.AMBIGUOUS,
    strip_columns.UNMAPPED: observables.UNMAPPED_CHANNEL,
    strip_columns.MISMATCHED: observables.MISMATCHED,
    strip_columns.REPEATED: observables.REPEATED_STRIP,
}


@dataclass(frozen=True)
class Measured:
    """All that a read-out measured of a batch of events, one row an event.

    ``columns`` holds float and count columns of the observables schema by name; those that are
    missing become NaN or 0. ``bits`` are quality bits that the strips' pass did not set.
    """

    event_id: NDArray[np.int64]
    time_ns: NDArray[np.int64]
    strips: Observed
    columns: Mapping[str, NDArray[np.generic]]
    vetoes: Vetoes
    bits: NDArray[np.uint32]
    kept: NDArray[np.bool_]


def assemble(measured: Measured, config: MicromegasSettings) -> Reconstructed:
    """Join everything to rows without energies; events that are not kept give their quality."""
    columns = _shape_columns(measured.strips, config.position_from) | dict(measured.columns)
    bits = measured.bits | _common_bits(measured.strips)
    _add_vetoes(columns, bits, measured.vetoes, config)
    _add_charge_bits(columns, bits, config.energy_source)
    columns |= {"event_id": measured.event_id, "time_ns": measured.time_ns, "quality": bits}
    kept = np.flatnonzero(measured.kept)
    rows = []
    for column in observables.OBSERVABLES.columns:
        if column.axes:
            rows.append(_jagged(measured.vetoes, column.name, measured.kept))
            continue
        missing = 0 if column.dtype == "int32" else np.nan
        values = columns.get(column.name)
        if values is None:
            values = np.full(bits.size, missing)
        rows.append(ak.contents.NumpyArray(np.ascontiguousarray(values[kept], column.dtype)))
    names = list(observables.OBSERVABLES.names)
    table = ak.Array(ak.contents.RecordArray(rows, names, length=kept.size))
    return Reconstructed(table, None, bits)


def _shape_columns(seen: Observed, position_from: str) -> dict[str, NDArray[np.generic]]:
    total = seen.axes[:, :, strip_columns.TOTAL]
    both = total.sum(axis=1)
    columns: dict[str, NDArray[np.generic]] = {
        "energy_adu": both,
        "energy_x_adu": total[:, 0],
        "energy_y_adu": total[:, 1],
        "balance": np.divide(
            total[:, 0] - total[:, 1], both, out=np.zeros_like(both), where=both > 0
        ),
        "n_good": seen.hits,
        "strip_time_ns": seen.times[:, strip_columns.TIME_MEAN],
        "time_spread_ns": seen.times[:, strip_columns.TIME_SIGMA],
        "skew_time": seen.times[:, strip_columns.TIME_SKEW],
        "kurtosis_time": seen.times[:, strip_columns.TIME_KURTOSIS],
    }
    place = strip_columns.MEAN if position_from == "all" else strip_columns.CENTRE
    for axis, name in enumerate("xy"):
        columns |= {
            f"{name}_mm": seen.axes[:, axis, place],
            f"cluster_{name}_mm": seen.axes[:, axis, strip_columns.CENTRE],
            f"sigma_{name}_mm": seen.axes[:, axis, strip_columns.SIGMA],
            f"skew_{name}": seen.axes[:, axis, strip_columns.SKEW],
            f"kurtosis_{name}": seen.axes[:, axis, strip_columns.KURTOSIS],
            f"fraction_{name}": seen.axes[:, axis, strip_columns.FRACTION],
            f"multiplicity_{name}": seen.counts[:, axis, 0],
            f"n_clusters_{name}": seen.counts[:, axis, 1],
        }
    return columns


def _common_bits(seen: Observed) -> NDArray[np.uint32]:
    bits = np.zeros(seen.bits.size, np.uint32)
    for own, bit in _BITS.items():
        bits[(seen.bits & np.uint32(own)) != 0] |= np.uint32(bit.mask)
    bits[(seen.bits & np.uint32(strip_columns.EDGE)) != 0] |= np.uint32(observables.BORDER.mask)
    clusters = seen.counts[:, :, 1]
    bits[(clusters > 0).sum(axis=1) == 1] |= np.uint32(observables.ONE_AXIS.mask)
    bits[(clusters == 0).all(axis=1)] |= np.uint32(observables.NO_CHARGE.mask)
    return bits


def _add_vetoes(
    columns: dict[str, NDArray[np.generic]],
    bits: NDArray[np.uint32],
    vetoes: Vetoes,
    config: MicromegasSettings,
) -> None:
    threshold = config.veto_threshold_adu
    amplitude, time = largest(vetoes, threshold)
    hit = coincident(vetoes, threshold, config.veto_time_window_ns)
    bits[hit] |= np.uint32(quality.COINCIDENCE.mask)
    columns |= {"veto_amplitude_adu": amplitude, "veto_time_ns": time}


def _jagged(vetoes: Vetoes, name: str, kept: NDArray[np.bool_]) -> ak.contents.ListOffsetArray:
    """Give one column of the vetoes of the events that are kept."""
    flat = {
        "veto_signal_id": vetoes.signal_id,
        "veto_adu": vetoes.amplitude_adu,
        "veto_peak_ns": vetoes.peak_ns,
    }[name]
    counts = np.diff(vetoes.offsets)
    offsets = ak.index.Index64(np.concatenate(([0], np.cumsum(counts[kept]))))
    content = ak.contents.NumpyArray(flat[np.repeat(kept, counts)])
    return ak.contents.ListOffsetArray(offsets, content)


def _add_charge_bits(
    columns: Mapping[str, NDArray[np.generic]], bits: NDArray[np.uint32], energy_from: str
) -> None:
    """Mark events whose energy cannot be had of their charge, whatever the scale is."""
    charge = np.asarray(columns[CHARGES[energy_from]])
    bits[~np.isfinite(charge)] |= np.uint32(quality.NOT_FINITE.mask)
    bits[charge < 0] |= np.uint32(quality.NEGATIVE.mask)
