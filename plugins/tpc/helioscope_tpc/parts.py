"""What the charge of the clusters is made of, and which of them are large enough."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.clusters import Clusters
from helioscope_tpc.matching import Matches
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.waveforms import Waveforms

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
