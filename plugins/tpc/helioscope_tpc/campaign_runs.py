"""The runs that the simulated campaigns consist of."""

from __future__ import annotations

from typing import Any

from helioscope.api import CampaignRun, Run
from helioscope_tpc.simulation.kinds import background_of
from helioscope_tpc.simulation.settings import TpcSimulationSettings

Tracking = tuple[tuple[int, int], ...]

MINUTE_NS = 60 * 1_000_000_000
HOUR_NS = 60 * MINUTE_NS

#: Few photons of 1 keV pass the window, so there are more of them.
VALIDATION_LINES_KEV = (1.0, 1.0, 1.0, 1.0, 1.5, 1.5, 2.0, 3.0, 4.5, 5.9, 8.0, 10.0)


def _run(name: str, kind: str, start_ns: int, stop_ns: int, **settings: Any) -> CampaignRun:
    return CampaignRun(Run(name, kind, start_ns, stop_ns), TpcSimulationSettings(**settings))


#: Distances of two photons in one event.
PAIR_DISTANCES_MM = (10.0, 13.0, 16.0, 20.0, 25.0)

#: A run's name seeds its simulation. The cuts and margins were chosen on runs named otherwise; the
#: runs that the figures come from were drawn afterwards, and nothing was chosen on them. Whoever
#: changes a cut after looking at them has to draw others, by another name here.
HELD_OUT = "held-out-2-"


def pairs_run(distance_mm: float) -> str:
    """Name the held-out run with two photons so far apart."""
    return f"{HELD_OUT}pairs-{distance_mm:g}mm"


def _calibration_runs(
    start_ns: int, fe55: int, muons: int, prefix: str = ""
) -> tuple[CampaignRun, ...]:
    common = {"gain_reference_ns": start_ns}
    ten = 10 * MINUTE_NS
    return (
        _run(
            prefix + "pedestals", "pedestal", start_ns, start_ns + ten,
            random_triggers=80, **common,
        ),
        _run(
            prefix + "fe55-before", "fe55", start_ns + ten, start_ns + 2 * ten,
            source="fe55", photons=fe55, flood=True, **common,
        ),
        _run(
            prefix + "muons", "muon", start_ns + 2 * ten, start_ns + 3 * ten,
            muons=muons, **common,
        ),
    )  # fmt: skip


def validation_runs(start_ns: int, _tracking: Tracking) -> tuple[CampaignRun, ...]:
    """Give calibrations before and after a day of lines, axion photons, pairs and background."""
    common = {"gain_reference_ns": start_ns}
    first, last = start_ns + HOUR_NS, start_ns + 22 * HOUR_NS
    return (
        *_calibration_runs(start_ns, fe55=6000, muons=4000, prefix=HELD_OUT),
        _run(
            HELD_OUT + "training", "background", start_ns + HOUR_NS // 2, first,
            **background_of(6000), **common,
        ),
        _run(
            HELD_OUT + "tube", "xray", start_ns + HOUR_NS // 2, first,
            source="flat", photons=6000, **common,
        ),
        _run(
            HELD_OUT + "lines", "lines", first, last, source="lines", photons=12_000,
            lines_kev=VALIDATION_LINES_KEV, **common,
        ),
        _run(HELD_OUT + "solar", "solar", first, last, source="axion", photons=5000, **common),
        *[
            _run(
                pairs_run(distance), "pairs", first, last,
                pairs=1000, pair_distance_mm=distance, **common,
            )
            for distance in PAIR_DISTANCES_MM
        ],
        _run(HELD_OUT + "night", "night", first, last, **background_of(90_000), **common),
        _run(
            HELD_OUT + "fe55-after", "fe55", last, last + 10 * MINUTE_NS,
            source="fe55", photons=3000, flood=True, **common,
        ),
    )  # fmt: skip


def demo_runs(start_ns: int, tracking: Tracking) -> tuple[CampaignRun, ...]:
    """Give short calibrations and a run over the tracking with its background around it."""
    common = {"gain_reference_ns": start_ns}
    first = start_ns + 30 * MINUTE_NS
    last = max([stop for _, stop in tracking] + [first]) + 30 * MINUTE_NS
    return (
        *_calibration_runs(start_ns, fe55=2500, muons=600),
        _run(
            "watch", "science", first, last,
            source="axion", photons=40 if tracking else 0, **background_of(900), **common,
        ),
    )  # fmt: skip
