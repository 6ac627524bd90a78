"""From a FITS file to candidates: the whole job, beside reading the same file."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from astropy.io import fits
from tests.bench import ccd_runs

FRAMES = 20000
REPEATS = 5


def reconstruction_s(job: Path, number: int) -> float:
    """Run the job into a new folder; give the seconds from the first batch to the record."""
    out = job.parent / f"out{number}"
    subprocess.run(
        [*ccd_runs.CLI, "run", job, "--out", out, "--quiet"], check=True, capture_output=True
    )
    record = json.loads((out / "science/ccd/record.json").read_text())
    return float(record["timing"]["elapsed_s"])


def plain_read_s(path: Path) -> float:
    """Read every byte of a file, in pieces of 4 MiB."""
    started = time.perf_counter()
    piece = bytearray(4 * 2**20)
    with path.open("rb", buffering=0) as file:
        while file.readinto(piece):
            pass
    return time.perf_counter() - started


def astropy_read_s(path: Path) -> float:
    """Read every frame with astropy, as native numbers."""
    started = time.perf_counter()
    with fits.open(path, memmap=False) as file:
        file[1].data["FRAME"].astype("int16")
    return time.perf_counter() - started


def main() -> None:
    """Print frames a second and the ratios, medians of alternating runs."""
    with tempfile.TemporaryDirectory() as name:
        job = ccd_runs.simulate(Path(name), FRAMES)
        raw = Path(name) / "science.fits"
        reconstruction_s(job, 0)  # compiles the kernels
        times: dict[str, list[float]] = {
            "file to candidates": [],
            "plain read": [],
            "astropy read": [],
        }
        for number in range(1, REPEATS + 1):
            times["file to candidates"].append(reconstruction_s(job, number))
            times["plain read"].append(plain_read_s(raw))
            times["astropy read"].append(astropy_read_s(raw))
    medians = {what: statistics.median(seconds) for what, seconds in times.items()}
    for what, seconds in medians.items():
        sys.stdout.write(f"{what:20s} {FRAMES / seconds:10.0f} frames/s\n")
    ours = medians["file to candidates"]
    for what in ("plain read", "astropy read"):
        sys.stdout.write(f"file to candidates / {what}: {medians[what] / ours:.2f} of its rate\n")


if __name__ == "__main__":
    main()
