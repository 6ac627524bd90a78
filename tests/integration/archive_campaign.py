"""A small campaign of three detectors, simulated into a folder with its job file.

Each day begins with the calibration runs of every detector; science runs follow hour by hour.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helioscope import registry
from helioscope.core.campaigns.single_run import single_run
from helioscope.job.writing import write_toml
from helioscope.model.time import NS_PER_S, iso, parse_iso
from helioscope.plugin import Detector, Run, Simulator

#: Science runs of each detector in the tests.
RUNS = 2

START = parse_iso("2004-05-01T00:00:00Z")
HOUR_NS = 3600 * NS_PER_S
#: Science runs of a day, after two hours of calibrations.
RUNS_A_DAY = 22

FE55 = {"name": "fe55", "spectrum": "fe55", "rate_hz": 400.0}
SPOT = {"name": "sky", "spectrum": "power_law", "rate_hz": 60.0}
#: The TPC's levels and gains drift from this moment on.
FRESH = {"gain_reference_ns": START}


@dataclass(frozen=True)
class Kind:
    """A kind of run: the simulator's settings, and how many the campaign has."""

    detector: str
    kind: str
    simulation: Mapping[str, Any]
    science: bool = False


KINDS = (
    Kind("ccd", "dark", {"frames": 60}),
    Kind("ccd", "fe55", {"frames": 150, "sources": (FE55,)}),
    Kind("ccd", "science", {"frames": 24, "sources": (SPOT,)}, science=True),
    Kind("micromegas", "fe55", {"kind": "fe55", "events": 2000}),
    Kind("micromegas", "science", {"kind": "background", "events": 40}, science=True),
    Kind("tpc", "pedestal", {"random_triggers": 12, **FRESH}),
    Kind("tpc", "fe55", {"photons": 400, "flood": True, **FRESH}),
    Kind("tpc", "science", {"photons": 20, "muons": 5, **FRESH}, science=True),
)

#: The settings of each detector; of the TPC the gain of every single wire is not measured.
SETTINGS: dict[str, dict[str, Any]] = {
    "ccd": {"nodes": "section"},
    # no pedestals are measured: with charges that hold them the scale would not be straight
    "micromegas": {"nominal_strip_pedestal_adu": 60.0, "nominal_strip_noise_adu": 4.0},
    "tpc": {"use_gains": False, "use_drift": False},
}
CALIBRATORS = {"tpc": {"tpc-energy-scale": {"columns": 1, "rows": 1}}}
#: What is changed in the job so that a calibrator measures an energy scale anew.
NEW_SCALES = {
    "micromegas": (
        "[detectors.micromegas.settings]",
        """[detectors.micromegas.calibrators.micromegas-energy]
largest_radius_mm = 25.0

[detectors.micromegas.settings]""",
    ),
    "tpc": ("columns = 1", "columns = 2"),
}
DISCRIMINATORS = {"ccd": "ccd-pattern", "tpc": "tpc-sequential"}


def campaign(folder: Path, science_runs: int) -> Path:
    """Simulate a campaign with so many science runs of each detector; give its job file."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    runs = [
        _simulated(raw, kind, number)
        for kind in KINDS
        for number in range(science_runs if kind.science else -(-science_runs // RUNS_A_DAY))
    ]
    job = folder / "job.toml"
    write_toml(job, {"job": {"name": "campaign"}, "detectors": _detectors(), "runs": runs})
    return job


def _detectors() -> dict[str, Any]:
    return {
        name: {"settings": settings}
        | ({"discriminator": DISCRIMINATORS[name]} if name in DISCRIMINATORS else {})
        | ({"calibrators": CALIBRATORS[name]} if name in CALIBRATORS else {})
        for name, settings in SETTINGS.items()
    }


def _simulated(raw: Path, kind: Kind, number: int) -> dict[str, Any]:
    plugins = registry.load()
    simulator = plugins.find(Simulator, kind.detector)
    config = plugins.find(Detector, kind.detector).config
    day, hour = divmod(number, RUNS_A_DAY) if kind.science else (number, -2)
    start = START + (24 * day + 2 + hour) * HOUR_NS
    run = Run(f"{kind.detector}-{kind.kind}-{number:03d}", kind.kind, start, start + HOUR_NS // 2)
    made = single_run(
        simulator,
        config.model_validate(SETTINGS[kind.detector]),
        simulator.config.model_validate(kind.simulation),
        run, raw, 1000 + number,
    )  # fmt: skip
    table: dict[str, Any] = {
        "name": run.name, "detector": kind.detector, "kind": kind.kind,
        "files": [path.relative_to(raw.parent).as_posix() for path in made.files],
        "start": iso(start), "stop": iso(start + HOUR_NS // 2),
    }  # fmt: skip
    return table | ({"source": dict(made.source)} if made.source else {})


def product_files(folder: Path) -> Iterator[Path]:
    """List the products below a folder, without the records, which hold dates."""
    return (path for path in sorted(folder.rglob("*.parquet")) if "calibrations" not in path.parts)


def contents(folder: Path) -> dict[str, bytes]:
    """Give the bytes of all products below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in product_files(folder)}


if __name__ == "__main__":
    campaign(Path(sys.argv[1]), int(sys.argv[2]))
