"""Sequential cuts of the kind published for the TPC, each by name and each counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from helioscope.api import Discriminate, Settings, Setup, failed_cuts, quality
from helioscope_tpc.columns import NO_CLUSTER, OUTSIDE_WINDOWS, UNMATCHED, WIRE_UNKNOWN

Chosen = NDArray[np.bool_]

#: Of the cathodes' variance in that of both.
CATHODE_WEIGHT = 0.2


class TpcCutsSettings(Settings):
    """Cut values; a pair is the least and the largest value that passes.

    The defaults hold 95 to 99 % of the X-rays each, on the simulated chamber, the diffusion 90 %.
    X-rays convert near the window and diffuse on the whole way to the wires: what is spread less
    came from elsewhere.
    """

    energy_kev: tuple[float, float] = Field(default=(1.0, 10.0), description="Energy, keV.")
    anode_clusters: PositiveInt = Field(default=1, description="Most anode clusters of an event.")
    cathode_clusters: PositiveInt = Field(default=1, description="Most cathode clusters.")
    anode_multiplicity: tuple[int, int] = Field(
        default=(1, 4), description="Anode wires of the cluster."
    )
    cathode_multiplicity: tuple[int, int] = Field(
        default=(1, 7), description="Cathode wires of the cluster."
    )
    charge_ratio: tuple[float, float] = Field(
        default=(0.34, 0.56), description="Charge of the cathodes over that of the anodes."
    )
    time_difference_us: tuple[float, float] = Field(
        default=(-0.03, 0.03), description="Between the planes, us."
    )
    width_us: tuple[float, float] = Field(
        default=(0.32, 0.375), description="Width of the anode pulse, us."
    )
    duration_us: tuple[float, float] = Field(
        default=(0.3, 1.1), description="From the first to the last of the charge, us."
    )
    spread_x_mm: tuple[float, float] = Field(
        default=(1.1, 2.2), description="Spread of the charge across, mm."
    )
    spread_y_mm: tuple[float, float] = Field(
        default=(1.6, 3.5), description="Spread of the charge up, mm."
    )
    diffusion_mm: tuple[float, float] = Field(
        default=(1.73, 2.6), description="Spread of both together, see the cut, mm."
    )
    veto_us: tuple[float, float] = Field(
        default=(0.0, 10.0), description="Time after a veto hit, us: rejected, not passed."
    )

    @model_validator(mode="after")
    def _pairs_rise(self) -> Self:
        for name, pair in self:
            if isinstance(pair, tuple) and pair[0] > pair[1]:
                raise ValueError(f"{name} {pair[0]}..{pair[1]}: the first must not be the larger")
        return self


class Cut(NamedTuple):
    """A named question to each row of the observables."""

    name: str
    passes: Callable[[ak.Array, TpcCutsSettings], Chosen]


def _between(column: str, setting: str) -> Callable[[ak.Array, TpcCutsSettings], Chosen]:
    def passes(rows: ak.Array, cuts: TpcCutsSettings) -> Chosen:
        low, high = getattr(cuts, setting)
        value = np.asarray(rows[column])
        chosen: Chosen = (value >= low) & (value <= high)
        return chosen

    return passes


def _without(*bits: Any) -> Callable[[ak.Array, TpcCutsSettings], Chosen]:
    mask = np.uint32(sum(bit.mask for bit in bits))

    def passes(rows: ak.Array, _cuts: TpcCutsSettings) -> Chosen:
        chosen: Chosen = (np.asarray(rows["quality"]) & mask) == 0
        return chosen

    return passes


def _one_anode(rows: ak.Array, cuts: TpcCutsSettings) -> Chosen:
    chosen: Chosen = np.asarray(rows["anode_clusters"]) == cuts.anode_clusters
    return chosen


def _one_cathode(rows: ak.Array, cuts: TpcCutsSettings) -> Chosen:
    chosen: Chosen = np.asarray(rows["cathode_clusters"]) == cuts.cathode_clusters
    return chosen


def diffusion_mm(rows: ak.Array) -> NDArray[np.float64]:
    """Give the root of the weighted mean of both variances of the charge, float64 [rows].

    Both planes see the same electrons diffuse; the cathodes' variance is larger by the width of
    the induced charge and weighs less. The weight was chosen on simulated development runs.
    """
    across, up = (np.asarray(rows[f"spread_{axis}_mm"], np.float64) for axis in "xy")
    return np.sqrt((1.0 - CATHODE_WEIGHT) * across**2 + CATHODE_WEIGHT * up**2)


def _diffused(rows: ak.Array, cuts: TpcCutsSettings) -> Chosen:
    low, high = cuts.diffusion_mm
    spread = diffusion_mm(rows)
    chosen: Chosen = (spread >= low) & (spread <= high)
    return chosen


def _no_veto(rows: ak.Array, cuts: TpcCutsSettings) -> Chosen:
    since = np.asarray(rows["veto_difference_us"])
    low, high = cuts.veto_us
    chosen: Chosen = ~((since >= low) & (since <= high))
    return chosen


CUTS = (
    Cut("whole event", _without(NO_CLUSTER, WIRE_UNKNOWN, quality.UNCALIBRATED)),
    Cut("saturation", _without(quality.SATURATED)),
    Cut("veto coincidence", _no_veto),
    Cut("one anode cluster", _one_anode),
    Cut("one cathode cluster", _one_cathode),
    Cut("matched", _without(UNMATCHED, quality.AMBIGUOUS)),
    Cut("anode wires", _between("anode_multiplicity", "anode_multiplicity")),
    Cut("cathode wires", _between("cathode_multiplicity", "cathode_multiplicity")),
    Cut("charge ratio", _between("charge_ratio", "charge_ratio")),
    Cut("time difference", _between("time_difference_us", "time_difference_us")),
    Cut("pulse width", _between("width_us", "width_us")),
    Cut("duration", _between("duration_us", "duration_us")),
    Cut("spread across", _between("spread_x_mm", "spread_x_mm")),
    Cut("spread up", _between("spread_y_mm", "spread_y_mm")),
    Cut("diffusion", _diffused),
    Cut("fiducial windows", _without(OUTSIDE_WINDOWS)),
    Cut("energy", _between("energy_kev", "energy_kev")),
)


NAMES = tuple(cut.name for cut in CUTS)


def discrimination(setup: Setup) -> Discriminate:
    """Give the function that says which rows pass every cut; the score is the share they pass."""
    cuts: TpcCutsSettings = setup.config

    def discriminate(rows: ak.Array) -> ak.Array:
        passed = [cut.passes(rows, cuts) for cut in CUTS]
        failed = failed_cuts(passed, len(rows))
        share = np.mean(np.reshape(passed, (len(CUTS), len(rows))), axis=0)
        return ak.zip(
            {"score": share.astype(np.float32), "accepted": failed == 0, "cuts_failed": failed}
        )

    return discriminate
