"""What each row lists wire by wire: charges and times of its clusters, levels of its event."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.columns import OBSERVABLES
from helioscope_tpc.parts import Parts
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.waveforms import Levels, Waveforms

Whole = NDArray[np.int64]


def event_levels(event: Whole, events: int, waveforms: Waveforms, levels: Levels) -> dict[str, Any]:
    """Give the means of the event's levels, and its coherent noise, for each row."""
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


def cluster_wires(
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


def signals(event: Whole, events: int, waveforms: Waveforms, config: TpcSettings) -> dict[str, Any]:
    """List number, level and noise of every read-out wire of the event, by setting."""
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
