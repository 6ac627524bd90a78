"""Making CCD runs to measure with: raw files, a job, and its calibrations."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from astropy.io import fits

CLI = [sys.executable, "-m", "helioscope.cli.main"]
CYCLE_NS = 77_900_000

JOB = """\
[job]
name = "bench"

[detectors.ccd]
discriminator = "ccd-pattern"

[[runs]]
name = "dark"
detector = "ccd"
kind = "dark"
files = ["dark.fits"]

[[runs]]
name = "fe55"
detector = "ccd"
kind = "fe55"
files = ["fe55.fits"]

[[runs]]
name = "science"
detector = "ccd"
files = ["science*.fits"]
"""

SETTINGS = {
    "dark": "frames = 600\n",
    "fe55": 'frames = 2000\nsources = [{ name = "fe55", spectrum = "fe55", rate_hz = 250.0 }]\n',
    "science": (
        'frames = FRAMES\nsources = [{ name = "sky", spectrum = "power_law", rate_hz = 14.0 }]\n'
    ),
}
STARTS = {"dark": "04:00:00", "fe55": "04:02:00", "science": "04:10:00"}


def simulate(folder: Path, frames: int) -> Path:
    """Simulate a dark, a 55Fe and a science run of so many frames; give the job file."""
    for name, text in SETTINGS.items():
        settings = folder / f"{name}.toml"
        settings.write_text("[simulator]\n" + text.replace("FRAMES", str(frames)))
        subprocess.run(
            [*CLI, "simulate", "ccd", "--out", folder, "--name", name, "--kind", name,
             "--start", f"2004-07-01T{STARTS[name]}Z", "--settings", settings],
            check=True, capture_output=True,
        )  # fmt: skip
    job = folder / "job.toml"
    job.write_text(JOB)
    return job


def later_copies(folder: Path, copies: int) -> None:
    """Write the science file again and again, each time later, as one long run."""
    with fits.open(folder / "science.fits", memmap=True) as first:
        table, header = first[1].data, first[1].header
        length_ns = len(table) * CYCLE_NS
        for number in range(1, copies):
            later = fits.BinTableHDU(table.copy(), header=header)
            later.data["TIME"] += number * length_ns
            later.writeto(folder / f"science_{number:03d}.fits", overwrite=True, checksum=True)
