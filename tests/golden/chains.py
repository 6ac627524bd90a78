"""A small simulated campaign of each detector, and the numbers of every plugin on its way.

``python -m tests.golden.chains`` writes the golden numbers anew. It refuses where the output of
a plugin changed and neither its version nor that of a plugin before it did; ``--force`` writes
all the same.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Container
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from helioscope import registry
from helioscope.core.campaigns.campaign import carry_out, simulate
from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.plugin import (
    Calibrator,
    Campaign,
    CampaignOutcome,
    CampaignResult,
    CampaignRun,
    Detector,
    Discriminator,
    Run,
    Simulator,
)

FOLDER = Path(__file__).parent / "plugins"
COMMAND = "python -m tests.golden.chains"
START_NS = parse_iso("2004-05-01T00:00:00Z")
RUN_NS = 600 * NS_PER_S

FE55 = {"name": "fe55", "spectrum": "fe55", "rate_hz": 400.0}
SKY = {"name": "sky", "spectrum": "power_law", "rate_hz": 60.0}
#: The TPC's levels and gains drift from the first run on.
FRESH = {"gain_reference_ns": START_NS}

#: Kinds of run in their order, with what is simulated; the last is the one that is judged.
RUNS: dict[str, dict[str, dict[str, Any]]] = {
    "ccd": {
        "dark": {"frames": 60},
        "fe55": {"frames": 150, "sources": (FE55,)},
        "science": {"frames": 24, "sources": (SKY,)},
    },
    "micromegas": {
        "pedestal": {"kind": "pedestal", "events": 60},
        "fe55": {"kind": "fe55", "events": 2500},
        "background": {"kind": "background", "events": 1200},
        "science": {"kind": "background", "events": 60},
    },
    "tpc": {
        "pedestal": {"random_triggers": 12, **FRESH},
        "fe55": {"photons": 1800, "flood": True, **FRESH},
        "muon": {"muons": 700, **FRESH},
        "background": {"muons": 150, "gammas": 150, "recoils": 20, **FRESH},
        "science": {"photons": 60, "muons": 30, "gammas": 30, **FRESH},
    },
}

#: By how much sums may differ between machines, as a share of the sum of absolute values.
SAME = 1e-6
#: The same of errors of fits, which are second differences and so lose half of the digits.
SAME_ERROR = 1e-4
#: Trees split elsewhere where their features differ in the last digit.
TOLERANCE = {"classifier": 0.02}

Numbers = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Part:
    """What one plugin made: its kind, name and version, and the numbers of each column."""

    kind: str
    name: str
    version: int
    numbers: Numbers


def parts(detector: str) -> list[Part]:
    """Take the campaign of a detector through all of its plugins, in the order of the chain."""
    plugins = registry.load()
    with tempfile.TemporaryDirectory() as name:
        simulation = simulate(campaign(plugins, detector), plugins, Path(name), START_NS)
        result, _ = carry_out(simulation, plugins, Path(name) / "out")
        science = result.runs["science"]
        raw = ak.concatenate(list(science.raw()))
    simulator = plugins.find(Simulator, detector)
    found = [Part("simulator", simulator.name, simulator.version, numbers_of(raw))]
    for calibrator in plugins.for_detector(Calibrator, detector).values():
        tables = [made.table for made in result.calibrations.get(calibrator.name, ())]
        if tables:
            numbers = numbers_of(ak.concatenate(tables))
            found.append(Part("calibrator", calibrator.name, calibrator.version, numbers))
    observables = science.products["observables"]
    version = plugins.find(Detector, detector).version
    found.append(Part("detector", detector, version, numbers_of(observables)))
    return found + [
        Part("discriminator", rule.name, rule.version, numbers_of(_judged(rule, result)))
        for rule in plugins.for_detector(Discriminator, detector).values()
        if all(need.name in result.calibrations for need in rule.calibrations(rule.config()))
    ]  # those of another read-out have no model


def numbers_of(table: ak.Array) -> Numbers:
    """Sum up each column of numbers: how many, how many are finite, their sum and size."""
    found = {}
    for column in table.fields:
        values = np.asarray(ak.drop_none(ak.flatten(table[column], axis=None)))
        if values.dtype.kind not in "biuf":
            continue
        if column.endswith("time_ns"):
            absolute = values > START_NS // 2  # others count from the trigger, or say "none"
            values = np.where(absolute, values - START_NS, values)
        finite = values[np.isfinite(values)].astype(np.float64)
        found[column] = {
            "values": float(values.size),
            "finite": float(finite.size),
            "sum": math.fsum(finite),
            "size": math.fsum(np.abs(finite)),
        }
    return found


def read(detector: str) -> list[Part]:
    """Read the golden numbers of a detector's plugins."""
    path = FOLDER / f"{detector}.json"
    return [Part(**part) for part in json.loads(path.read_text(encoding="utf-8"))]


def changes(found: Part, golden: Part) -> list[str]:
    """Say which columns differ, sums by more than a share of their size."""
    new, old = found.numbers, golden.numbers
    if new.keys() != old.keys():
        return [f"columns {', '.join(sorted(new.keys() ^ old.keys()))} came or went"]
    plugin = golden.name.rpartition("-")[2]
    return [
        f"{column} from {old[column]} to {new[column]}"
        for column in old
        if any(
            abs(new[column][what] - value) > _tolerance(plugin, column) * old[column][scale]
            for what, value in old[column].items()
            for scale in (what if what in ("values", "finite") else "size",)
        )
    ]


def _tolerance(plugin: str, column: str) -> float:
    return TOLERANCE.get(plugin, SAME_ERROR if column.endswith("_err") else SAME)


def _judged(rule: Discriminator, result: CampaignResult) -> ak.Array:
    science = result.runs["science"]
    setup = replace(science.setup, config=rule.config(), calibrations=result.calibrations)
    return rule.discrimination(setup)(science.products["observables"])[["score", "accepted"]]


def campaign(plugins: registry.Registry, detector: str, without: Container[str] = ()) -> Campaign:
    """Give the small campaign of a detector, or without some of its kinds of run."""
    config = plugins.find(Simulator, detector).config

    def runs(start_ns: int, _tracking: object) -> tuple[CampaignRun, ...]:
        starts = range(start_ns, start_ns + len(RUNS[detector]) * RUN_NS, RUN_NS)
        return tuple(
            CampaignRun(Run(kind, kind, begin, begin + RUN_NS), config.model_validate(settings))
            for begin, (kind, settings) in zip(starts, RUNS[detector].items(), strict=True)
            if kind not in without
        )

    return Campaign(
        name=f"golden-{detector}", detector=detector, purpose="validation", simulator=detector,
        discriminator=None, detector_config=plugins.find(Detector, detector).config(),
        runs=runs, outcome=lambda _result: CampaignOutcome([]),
    )  # fmt: skip


def write(detector: str, force: bool) -> list[str]:
    """Write the numbers of a detector's plugins; say what was refused."""
    found = parts(detector)
    path = FOLDER / f"{detector}.json"
    old = {(part.kind, part.name): part for part in read(detector)} if path.exists() else {}
    refused, raised = [], False
    for part in found:
        golden = old.get((part.kind, part.name))
        raised |= golden is None or golden.version != part.version
        if golden is not None and not raised and changes(part, golden):
            refused.append(f"{part.kind} '{part.name}' {part.version}: {changes(part, golden)}")
    if force or not refused:
        text = json.dumps([asdict(part) for part in found], indent=1)
        path.write_text(text + "\n", encoding="utf-8")
    return [] if force else refused


def main() -> None:
    """Write the golden numbers of every detector."""
    refused = [line for detector in RUNS for line in write(detector, "--force" in sys.argv)]
    if refused:
        sys.exit("raise the versions of what changed:\n" + "\n".join(refused))


if __name__ == "__main__":
    main()
