"""The quality bits of each row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope.api import quality
from helioscope_tpc.clusters import Clusters
from helioscope_tpc.columns import NO_CLUSTER, OUTSIDE_WINDOWS, SHARED, UNMATCHED
from helioscope_tpc.constants import Constants
from helioscope_tpc.pairs import Rows
from helioscope_tpc.parts import Found
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.waveforms import Waveforms

Real = NDArray[np.float64]


def marks_of(
    table: Rows, anode: Clusters, cathode: Clusters, found: Found, waveforms: Waveforms,
    constants: Constants, config: TpcSettings,
) -> NDArray[np.uint32]:  # fmt: skip
    """Join the bits of the event with those of the row's clusters and match."""
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


def outside_windows(x_mm: Real, y_mm: Real, config: TpcSettings) -> NDArray[np.uint32]:
    """Mark what does not lie behind the window of one of the two bores; y unknown is outside."""
    away = np.hypot(x_mm, np.abs(y_mm) - config.bore_distance_mm / 2)
    inside = away <= config.fiducial_radius_mm
    return np.where(inside, 0, OUTSIDE_WINDOWS.mask).astype(np.uint32)
