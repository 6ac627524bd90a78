"""Measured columns to rows of the observables schema: energies, quality bits, kept events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import Reconstructed, quality
from helioscope_micromegas import observables, strip_columns
from helioscope_micromegas.energy_scale import Scale
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.strips import Observed
from helioscope_micromegas.vetoes import Vetoes, coincident, largest

_LINE_KEV = 5.9
_FWHM_PER_SIGMA = 2.3548
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


def assemble(measured: Measured, scale: Scale, config: MicromegasSettings) -> Reconstructed:
    """Join everything to rows; events that are not kept still give their quality."""
    columns = _shape_columns(measured.strips, config.position_from) | dict(measured.columns)
    bits = measured.bits | _common_bits(measured.strips)
    source = "strips" if config.readout == "waveforms" else config.energy_from
    _add_vetoes(columns, bits, measured.vetoes, config)
    _add_energies(columns, bits, measured.time_ns, scale, source)
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


def _add_energies(
    columns: dict[str, NDArray[np.generic]],
    bits: NDArray[np.uint32],
    time_ns: NDArray[np.int64],
    scale: Scale,
    energy_from: str,
) -> None:
    per_kev = scale.at(time_ns)
    from_strips = np.asarray(columns["energy_adu"]) / per_kev["strips"]
    columns["energy_strips_kev"] = from_strips
    chosen = from_strips
    if "mesh_integral_adu_ns" in columns:
        from_mesh = np.asarray(columns["mesh_integral_adu_ns"]) / per_kev["mesh"]
        columns["energy_mesh_kev"] = from_mesh
        ratio = np.zeros_like(from_mesh)
        np.divide(from_mesh, from_strips, out=ratio, where=from_strips > 0)
        columns["mesh_strip_ratio"] = ratio
        chosen = from_mesh if energy_from == "mesh" else from_strips
    finite = np.isfinite(chosen)
    bits[~finite] |= np.uint32(quality.NOT_FINITE.mask)
    bits[chosen < 0] |= np.uint32(quality.NEGATIVE.mask)
    energy = np.where(finite, np.maximum(chosen, 0.0), 0.0)
    columns["energy_kev"] = energy
    fwhm = scale.fwhm[energy_from]
    columns["energy_err_kev"] = fwhm / _FWHM_PER_SIGMA * np.sqrt(_LINE_KEV * energy)
    if not scale.calibrated:
        bits |= np.uint32(quality.UNCALIBRATED.mask)
