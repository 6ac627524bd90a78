"""The pulse finder beside strax's baseline and find_hits, on the same waveforms, on one core.

strax is no dependency of helioscope: it is installed into a temporary folder on demand, beside the
packages that are there, and the bench says so where that cannot be done. Both run in turn, each
in one thread; strax gets records made afresh, which is not timed.
"""

from __future__ import annotations

import os

os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import importlib
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from tests.bench.timing import Prepare, in_turn, rate, ratios

from helioscope.api import Pulses, PulseSearch, find_pulses

STRAX = "strax==2.2.3"
WAVEFORMS, SAMPLES, BASELINE = 20_000, 512, 40
THRESHOLD_ADU = 30
ROUNDS = 41
GOAL = 6.0


def waveforms(rng: np.random.Generator) -> NDArray[np.int16]:
    """Make noisy waveforms with none to three pulses each."""
    samples = rng.normal(1000.3, 5.0, (WAVEFORMS, SAMPLES))
    time_samples = np.arange(SAMPLES)
    for row in range(WAVEFORMS):
        for _ in range(rng.poisson(0.5)):
            since = (time_samples - rng.uniform(60, 480)) / 4.0
            height = rng.uniform(20, 500)
            samples[row] += np.where(since > 0, height * since * np.exp(1 - np.abs(since)), 0.0)
    return np.round(samples).astype(np.int16)


def strax_module(folder: Path) -> ModuleType | None:
    """Import strax, installing it into a folder first; None where that fails."""
    target = folder / "peers"
    lock = Path(__file__).parents[2] / "requirements-dev.txt"
    pins = folder / "pins.txt"
    lines = lock.read_text(encoding="utf-8").splitlines()
    named = [line.split(" \\")[0] for line in lines if "==" in line and line[0].isalnum()]
    pins.write_text("\n".join(named), encoding="utf-8")
    uv = Path(sys.executable).parent / "uv"
    command = [str(uv if uv.exists() else "uv"), "pip", "install", "--quiet", "--python",
               sys.executable, "--target", str(target), "--constraint", str(pins),
               STRAX]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        # Behind what is installed, so that numpy and numba stay the locked ones.
        sys.path.append(str(target))
        return importlib.import_module("strax")
    except (OSError, subprocess.SubprocessError, ImportError) as error:
        click.echo(f"strax: skipped, it could not be installed ({error})")
        return None


def strax_records(strax: Any, samples: NDArray[np.int16]) -> Any:
    """Give the waveforms as strax takes them: pulses go down."""
    records = np.zeros(len(samples), strax.record_dtype(SAMPLES))
    records["data"] = 2000 - samples
    records["length"] = records["pulse_length"] = SAMPLES
    records["dt"] = 1
    records["channel"] = np.arange(len(samples)) % 1000
    records["time"] = np.arange(len(samples)) * SAMPLES
    return records


def differing_hits(pulses: Pulses, hits: Any, samples: NDArray[np.int16]) -> int:
    """Count hits that strax finds otherwise than by the rounding of its baseline.

    strax subtracts the whole part of the baseline and asks for at least the threshold; so it
    is asked for what differs where no sample lies between the two limits.
    """
    level = pulses.baselines.mean_adu
    heights = samples.astype(np.float64) - level[:, None]
    doubtful = ((heights > THRESHOLD_ADU - 1.5) & (heights < THRESHOLD_ADU + 1.5)).any(axis=1)
    ours = {
        (int(w), int(a), int(b))
        for w, a, b in zip(pulses.waveform, pulses.left, pulses.right, strict=True)
        if not doubtful[w]
    }
    theirs = {
        (int(hit["record_i"]), int(hit["left"]), int(hit["right"]))
        for hit in hits
        if not doubtful[hit["record_i"]]
    }
    return len(ours ^ theirs)


def worst_area(pulses: Pulses, hits: Any) -> float:
    """Give the largest difference in the area of a hit that both found alike, per sample."""
    areas = {
        (int(hit["record_i"]), int(hit["left"]), int(hit["right"])): float(hit["area"])
        for hit in hits
    }
    worst = 0.0
    for index in range(len(pulses)):
        key = tuple(int(c[index]) for c in (pulses.waveform, pulses.left, pulses.right))
        if key in areas:
            off = abs(areas[key] - float(pulses.charge_adu[index]))
            worst = max(worst, off / (key[2] - key[1]))
    return worst


def main() -> None:
    """Print rates, their ratio and how the hits agree."""
    samples = waveforms(np.random.default_rng(1))
    search = PulseSearch(baseline_stop=BASELINE, threshold_sigma=0, threshold_adu=THRESHOLD_ADU)
    pulses = find_pulses(samples, search)
    with tempfile.TemporaryDirectory(prefix="helioscope-bench-") as folder:
        strax = strax_module(Path(folder))
        works: dict[str, Prepare] = {"find_pulses": lambda: partial(find_pulses, samples, search)}
        kept: list[Any] = []
        if strax is not None:

            def peer(records: Any) -> None:
                strax.baseline(records, BASELINE)
                kept[:] = [strax.find_hits(records, min_amplitude=THRESHOLD_ADU)]

            works["strax"] = lambda: partial(peer, strax_records(strax, samples))
        spent = in_turn(works, ROUNDS)
    for name, each in spent.items():
        click.echo(f"waveforms, {name:11}  {rate(WAVEFORMS, each)}")
    if strax is None:
        return
    click.echo("\n".join(ratios(spent["find_pulses"], spent["strax"])))
    slow, fast = statistics.median(spent["find_pulses"].processor), min(spent["strax"].processor)
    click.echo(f"ratio, our median to their fastest, of processors {fast / slow:.2f}; goal {GOAL}")
    differing = differing_hits(pulses, kept[0], samples)
    click.echo(f"hits that differ beyond the rounding: {differing} of {len(pulses)}")
    click.echo(f"largest difference in area per sample: {worst_area(pulses, kept[0]):.3f} adu")


if __name__ == "__main__":
    main()
