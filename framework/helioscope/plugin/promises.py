"""What a plugin must give. A run and the conformance kit both ask here, and so refuse the same."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.model.cuts import MOST_CUTS
from helioscope.model.layouts import column_layouts
from helioscope.model.products import RAW
from helioscope.model.schema import Fault, Schema, check
from helioscope.plugin.calibrator import Calibrated, Calibrator
from helioscope.plugin.detector import Detector, Discriminator, Reconstructed
from helioscope.plugin.setup import Requirement
from helioscope.plugin.simulator import Simulated

#: Plain columns by name.
Columns = Mapping[str, NDArray[Any]]
_RESULT = "(result)"


def settings_faults(plugin: Detector | Discriminator | Calibrator, config: object) -> list[Fault]:
    """List what a plugin may not say for its settings; it is asked, and may raise."""
    needs: Any = plugin.calibrations(config)
    faults = []
    if not isinstance(needs, tuple) or not all(isinstance(need, Requirement) for need in needs):
        faults.append(Fault("calibrations", _shown(needs), "a tuple of Requirement"))
    if isinstance(plugin, Discriminator):
        return faults + _cut_faults(plugin.cuts(config))
    if not isinstance(plugin, Detector):
        return faults
    raw: Any = plugin.raw(config)
    frame_s: Any = plugin.frame_s(config)
    events: Any = plugin.batch_events(config)
    if isinstance(raw, Schema):
        faults += [
            Fault("raw", f"no such {name}", f"{RAW[name].type_name}, as every raw event has it")
            for name in raw.lacks(RAW)
        ]
    else:
        faults.append(Fault("raw", _shown(raw), "a Schema"))
    if frame_s is not None and not (
        isinstance(frame_s, int | float | np.number) and 0 < frame_s < math.inf
    ):
        faults.append(Fault("frame_s", _shown(frame_s), "None, or seconds > 0"))
    if not isinstance(events, int | np.integer) or events < 1:
        faults.append(Fault("batch_events", _shown(events), "an int >= 1"))
    return faults


def reconstruction_faults(detector: Detector, raw: ak.Array, result: Any) -> list[Fault]:
    """List what a reconstruction may not give for a raw batch."""
    if not isinstance(result, Reconstructed):
        return [Fault(_RESULT, type(result).__name__, "Reconstructed")]
    rows, bits = result.observables, result.event_quality
    faults = check(rows, detector.observables)
    if not faults:
        columns = _columns(rows, *RAW.names, "quality")
        faults = _row_faults(columns, _columns(raw, *RAW.names))
        faults += _bit_faults("quality", columns["quality"], detector)
    dead = _per_event_faults("dead_s", result.dead_s, np.float64, len(raw))
    if not dead and result.dead_s is not None and result.dead_s.size:
        least, most = result.dead_s.min(), result.dead_s.max()
        if not (least >= 0 and most < math.inf):
            dead = [Fault("dead_s", f"values from {least:g} to {most:g}", ">= 0 and finite")]
    quality = _per_event_faults("event_quality", bits, np.uint32, len(raw))
    if not quality and bits is not None:
        quality = _bit_faults("event_quality", bits, detector)
    return faults + dead + quality


def rescaling_faults(detector: Detector, before: ak.Array, after: ak.Array) -> list[Fault]:
    """List what a rescaling may not make of rows."""
    faults = check(after, detector.observables)
    if faults:
        return faults
    old, new = _columns(before, *RAW.names), _columns(after, *RAW.names, "quality")
    faults = [
        Fault(name, f"rescaled rows of another {name}", "the same rows in the same order")
        for name in RAW.names
        if not np.array_equal(new[name], old[name])
    ]
    return faults + _bit_faults("quality", new["quality"], detector)


def calibration_faults(calibrator: Calibrator, made: Any) -> list[Fault]:
    """List what a calibrator may not give."""
    if not isinstance(made, Calibrated):
        return [Fault(_RESULT, type(made).__name__, "Calibrated")]
    faults = check(made.table, calibrator.table)
    summary: Any = made.summary
    if not isinstance(summary, list) or not all(isinstance(row, dict) for row in summary):
        faults.append(Fault("summary", _shown(summary), "a list of dicts"))
    else:
        faults += _json_faults("summary", summary)
    metadata: Any = made.metadata
    if not isinstance(metadata, Mapping):
        faults.append(Fault("metadata", _shown(metadata), "values by name"))
    else:
        faults += _json_faults("metadata", dict(metadata))
    faults += _file_faults("figures", made.figures)
    return faults + _file_faults("attachments", made.attachments)


def simulation_faults(folder: Path, made: Any) -> list[Fault]:
    """List what a simulator may not give that was to write into a folder."""
    if not isinstance(made, Simulated):
        return [Fault(_RESULT, type(made).__name__, "Simulated")]
    if not isinstance(made.files, tuple | list) or not made.files:
        return [Fault("files", _shown(made.files), "a tuple of one path or more")]
    return [
        Fault(what, _shown(path), "a file in the folder that it was given")
        for what, path in [*(("files", path) for path in made.files), ("truth", made.truth)]
        if not (
            isinstance(path, Path) and path.parent.resolve() == folder.resolve() and path.is_file()
        )
    ]


def _cut_faults(cuts: Any) -> list[Fault]:
    """Look at the names of cuts, each of which has a bit in one number."""
    if (
        isinstance(cuts, tuple)
        and all(isinstance(name, str) for name in cuts)
        and len(set(cuts)) == len(cuts) <= MOST_CUTS
    ):
        return []
    return [Fault("cuts", _shown(cuts), f"a tuple of at most {MOST_CUTS} different str")]


def _json_faults(what: str, values: Any) -> list[Fault]:
    """Look whether a record can hold values; it takes those of numpy, and paths, as well."""
    try:
        plain = lambda value: str(value) if isinstance(value, Path) else value.tolist()  # noqa: E731
        json.dumps(values, default=plain, skipkeys=True)
    except (AttributeError, TypeError, ValueError, RecursionError):
        return [Fault(what, f"what no record can hold in {_shown(values)}", "plain values")]
    return []


def _file_faults(what: str, files: Any) -> list[Fault]:
    if not isinstance(files, Mapping):
        return [Fault(what, _shown(files), "bytes by file name")]
    return [
        Fault(what, f"{_shown(name)}: {type(content).__name__}", "bytes by plain file name")
        for name, content in files.items()
        if not _plain_name(name) or not isinstance(content, bytes)
    ]


def _row_faults(rows: Columns, raw: Columns) -> list[Fault]:
    """Look whether rows belong to events of the batch, in their order, with their times."""
    of, event_id = rows["event_id"], raw["event_id"]
    if not of.size:
        return []
    if not event_id.size:
        return [_unknown(of)]
    if not (event_id[1:] > event_id[:-1]).all():
        return _faults_in_disorder(rows, raw)
    without_gap = event_id[-1] - event_id[0] == event_id.size - 1
    place = of - event_id[0] if without_gap else np.searchsorted(event_id, of)
    known = event_id.take(place, mode="clip") == of
    if not known.all():
        return [_unknown(of[~known])]
    return _order_and_times(
        (of[1:] >= of[:-1]).all(), raw["time_ns"].take(place) != rows["time_ns"]
    )


def _faults_in_disorder(rows: Columns, raw: Columns) -> list[Fault]:
    """Look at rows of events that stand in any order, where some may share their number."""
    numbers, number = np.unique(raw["event_id"], return_inverse=True)
    known = np.isin(rows["event_id"], numbers)
    if not known.all():
        return [_unknown(rows["event_id"][~known])]
    times, time = np.unique(raw["time_ns"], return_inverse=True)
    event = number * times.size + time
    row = np.searchsorted(numbers, rows["event_id"]) * times.size
    row += np.searchsorted(times, rows["time_ns"])
    others = ~(np.isin(rows["time_ns"], times) & np.isin(row, event))
    if others.any():
        return _order_and_times(True, others)
    order = np.argsort(event, kind="stable")
    first = order[np.searchsorted(event[order], row)]
    last = order[np.searchsorted(event[order], row, "right") - 1]
    # of events that are alike in both, a row may belong to any
    return _order_and_times((np.maximum.accumulate(first) <= last).all(), others)


def _order_and_times(in_order: bool | np.bool_, others: NDArray[Any]) -> list[Fault]:
    faults = []
    if not in_order:
        faults.append(Fault("event_id", "rows in another order", "the order of their events"))
    if others.any():
        found = f"{int(others.sum())} rows whose time_ns differs from the event's"
        faults.append(Fault("time_ns", found, "the time of the event"))
    return faults


def _unknown(strangers: NDArray[Any]) -> Fault:
    found = f"a row of event {strangers[0]}, which is not in the batch"
    return Fault("event_id", found, "rows of its events alone")


def _bit_faults(name: str, quality: NDArray[Any], detector: Detector) -> list[Fault]:
    unknown = int(np.bitwise_or.reduce(quality)) & ~sum(bit.mask for bit in detector.quality_bits)
    if not unknown:
        return []
    bits = ", ".join(str(bit) for bit in range(32) if unknown >> bit & 1)
    return [Fault(name, f"undeclared bits {bits}", "bits of the framework or of the detector")]


def _per_event_faults(
    name: str, values: object, dtype: type[np.generic], events: int
) -> list[Fault]:
    if values is None:
        return []
    expected = f"an array of shape ({events},), {np.dtype(dtype)}"
    if not isinstance(values, np.ndarray):
        return [Fault(name, type(values).__name__, expected)]
    if values.shape != (events,) or values.dtype != dtype:
        return [Fault(name, f"an array of shape {values.shape}, {values.dtype}", expected)]
    return []


def _columns(batch: ak.Array, *names: str) -> Columns:
    """Give flat columns as they lie in memory; asking awkward for each takes ten times as long."""
    layouts = column_layouts(batch)
    found = {}
    for name in names:
        layout = layouts[name].project() if layouts[name].is_indexed else layouts[name]
        found[name] = layout.data
    return found


def _plain_name(name: object) -> bool:
    return isinstance(name, str) and name not in ("", ".", "..") and Path(name).name == name


def _shown(value: object) -> str:
    shown = str(value) if isinstance(value, Path) else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
