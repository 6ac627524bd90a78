"""The demo: a small campaign of every installed detector, tagged by a pointing log."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from helioscope.core.campaigns.campaign import campaign_for, carry_out, simulate
from helioscope.core.progress import note
from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.plugin import Campaign, CampaignOutcome, CampaignResult
from helioscope.registry import Registry, load

#: Sunrise of a day of CAST's 2004 season; the Sun is within the magnet's reach.
TRACKING_START = "2004-07-01T04:00:00Z"
TRACKING_S = 300
#: The log begins so long before the tracking and ends so long after it.
LOG_BEFORE_S, LOG_AFTER_S = 7200, 7200
#: The campaigns begin so long before the tracking: dark frames and 55Fe come first.
CAMPAIGN_BEFORE_S = 3600
POINTING_LOG = "Angles_data_2004-07-01.log"


@dataclass(frozen=True)
class TagRate:
    """Candidates of one detector in one tag.

    Attributes
    ----------
    rate_per_s, rate_err_per_s
        Accepted candidates by live time, with the Poisson error (that of one where there is
        none); None without live time.
    """

    detector: str
    tag: str
    candidates: int
    live_s: float
    rate_per_s: float | None
    rate_err_per_s: float | None


@dataclass(frozen=True)
class DetectorDemo:
    """What the demo of one detector gave."""

    detector: str
    outcome: CampaignOutcome
    rates: tuple[TagRate, ...]
    elapsed_s: float


@dataclass(frozen=True)
class DemoTask:
    """One detector's demo, for a process of its own."""

    detector: str
    folder: Path


def detectors_with_demo(registry: Registry) -> list[str]:
    """List the detectors whose plugin brings a demo campaign."""
    campaigns = registry.of(Campaign).values()
    return sorted({c.detector for c in campaigns if c.purpose == "demo"})


def tracking_interval() -> tuple[int, int]:
    """Give the interval in which the demo's magnet goes with the Sun."""
    start = parse_iso(TRACKING_START)
    return start, start + TRACKING_S * NS_PER_S


def write_pointing(folder: Path) -> None:
    """Simulate the angle log of the demo's day."""
    from helioscope.sun.pointing_simulation import simulated_pointing, write_cast_angle_log

    start, stop = tracking_interval()
    span = (start - LOG_BEFORE_S * NS_PER_S, stop + LOG_AFTER_S * NS_PER_S)
    path = folder / "pointing" / POINTING_LOG
    path.parent.mkdir(parents=True, exist_ok=True)
    write_cast_angle_log(path, simulated_pointing(span, [(start, stop)]))


def demonstrate(task: DemoTask) -> DetectorDemo:
    """Simulate, calibrate, reconstruct and separate one detector's demo campaign.

    The pointing log must lie in ``pointing`` below the demo's folder.
    """
    started = time.monotonic()
    registry = load()
    detector, folder = task.detector, task.folder
    campaign = campaign_for(registry, detector, "demo")
    tracking = tracking_interval()
    note(f"{detector}: simulating")
    simulation = simulate(
        campaign,
        registry,
        folder / detector,
        tracking[0] - CAMPAIGN_BEFORE_S * NS_PER_S,
        [(*tracking, "tracking", "")],
        pointing={"files": [f"pointing/{POINTING_LOG}"]},
        job=folder / f"{detector}.toml",
    )
    products = folder / "products" / detector
    note(f"{detector}: wrote the raw data of {', '.join(simulation.runs)}; calibrating")
    result, outcome = carry_out(
        simulation, registry, products, tell=lambda text: note(f"{detector}: {text}")
    )
    rates = tag_rates(detector, result)
    return DetectorDemo(detector, outcome, rates, time.monotonic() - started)


def tag_rates(detector: str, result: CampaignResult) -> tuple[TagRate, ...]:
    """Add up candidates and live time of the science runs by tag."""
    live: dict[str, float] = {}
    found: dict[str, int] = {}
    for run in result.runs.values():
        if not run.products:
            continue
        table = run.products["live_time"]
        for tag, seconds in zip(table["tag"].tolist(), table["live_s"].tolist(), strict=True):
            live[tag] = live.get(tag, 0.0) + seconds
        candidates = run.products["candidates"]
        for tag in candidates["tag"][candidates["accepted"]].tolist():
            found[tag] = found.get(tag, 0) + 1
    return tuple(
        TagRate(
            detector,
            tag,
            found.get(tag, 0),
            seconds,
            found.get(tag, 0) / seconds if seconds else None,
            float(np.sqrt(max(found.get(tag, 0), 1))) / seconds if seconds else None,
        )
        for tag, seconds in sorted(live.items(), reverse=True)
    )


def summary(
    demos: Mapping[str, DetectorDemo], limit: Mapping[str, Any], elapsed_s: float
) -> dict[str, Any]:
    """Give the demo's result as plain values."""
    return {
        "detectors": {
            name: {
                "rates": [vars(rate) for rate in demo.rates],
                "figures": [figure._asdict() for figure in demo.outcome.figures],
                "pictures": sorted(demo.outcome.pictures),
                "elapsed_s": demo.elapsed_s,
            }
            for name, demo in demos.items()
        },
        "limit": dict(limit),
        "elapsed_s": elapsed_s,
    }
