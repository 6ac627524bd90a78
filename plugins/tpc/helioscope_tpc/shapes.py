"""Place, shape and surroundings of the clusters of each row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.clusters import Clusters
from helioscope_tpc.constants import Constants
from helioscope_tpc.parts import Found
from helioscope_tpc.settings import TpcSettings

Real = NDArray[np.float64]
Whole = NDArray[np.int64]


def shape(
    anode: Clusters, cathode: Clusters, config: TpcSettings, constants: Constants
) -> dict[str, Any]:
    """Give place, charges, times, multiplicities and extents."""
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


def context(
    event: Whole, anode: Clusters, found: Found, config: TpcSettings, constants: Constants
) -> dict[str, Any]:
    """Count the clusters of the event, and place the row behind the first of them."""
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
