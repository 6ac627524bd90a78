"""Importing a tree of raw files: files a second, first and again.

Run it with ``python -m tests.bench.importing [FILES]``; 100 000 where nothing is given. The files
are copies of one small FITS run, so recognising and hashing are real.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

HELIOSCOPE = [sys.executable, "-m", "helioscope.cli.main"]
PER_FOLDER = 1000


def main(files: int = 100_000) -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "s.toml").write_text("[simulator]\nframes = 1\n")
        simulate = ["simulate", "ccd", "--name", "one", "--settings", str(folder / "s.toml")]
        _timed([*simulate, "--out", str(folder / "one")])
        content = bytearray((folder / "one" / "one.fits").read_bytes())
        for number in range(files):
            path = folder / "tree" / f"{number // PER_FOLDER:04d}" / f"{number:06d}.fits"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        add = ["catalog", "add", str(folder / "tree"), "--detector", "ccd"]
        for what, how in (("with times", []), ("without times", ["--no-times"])):
            out = ["--out", str(folder / what.replace(" ", "-"))]
            first_s, again_s = _timed([*add, *how, *out]), _timed([*add, *how, *out])
            sys.stdout.write(
                f"{files} files, {what}: first {first_s:.1f} s ({files / first_s:.0f}/s), "
                f"again {again_s:.1f} s ({files / again_s:.0f}/s)\n"
            )


def _timed(arguments: list[str]) -> float:
    began = time.monotonic()
    subprocess.run([*HELIOSCOPE, *arguments], check=True, capture_output=True)
    return time.monotonic() - began


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
