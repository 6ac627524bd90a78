"""Importing a tree of small raw files: how many a second, killed once, and a second look.

Run it with ``python -m tests.bench.catalog_files [FILES]``; 10 000 where nothing is given: half
FITS frames, half ROOT trees, every file of its own content. The machine's own limit stands
beside: reading and hashing the same files, in this process.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

from helioscope_ccd.native import FrameWriter

HELIOSCOPE = [sys.executable, "-m", "helioscope.cli.main"]
START_NS = 1_083_376_800_000_000_000
STEP_NS = 60_000_000_000
#: Files of one folder.
FOLDER = 1000
SIDE = 16


def main(files: int = 10_000) -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "settings.toml").write_text(f"[settings]\nrows = {SIDE}\ncolumns = {SIDE}\n")
        write_fits(folder / "ccd", files // 2)
        write_root(folder / "tpc", files // 2)
        hashed_s = _hashed(folder)
        say(f"reading and hashing {files:,} files  {files / hashed_s:8,.0f} files/s")
        for detector, more in (("ccd", ["--settings", folder / "settings.toml"]), ("tpc", [])):
            _measure(folder, detector, files // 2, more)


def _measure(folder: Path, detector: str, files: int, more: list[object]) -> None:
    out = folder / f"out-{detector}"
    add = ["catalog", "add", folder / detector, "--detector", detector, "--out", out, *more]
    _killed(add, out / "catalog.sqlite", files // 4)
    for what, options in (("gone on", ["--workers", "2"]), ("again", [])):
        found, took_s = _called([*add, *options, "--json"])
        new, known = found["files_added"], found["files_known"]
        rate = (new + known) / took_s
        say(f"{detector}, {what}: {new:,} new, {known:,} known {rate:8,.0f} files/s")
        if new + known != files:
            raise SystemExit(f"lost files: {found}")


def _killed(add: list[object], catalog: Path, files: int) -> None:
    """Import with one process until so many files are entered, then kill it; say how fast."""
    began = time.monotonic()
    process = subprocess.Popen([*HELIOSCOPE, *map(str, add)], stderr=subprocess.DEVNULL)
    while process.poll() is None and _entered(catalog) < files:
        time.sleep(0.05)
    process.kill()
    process.wait()
    rate = _entered(catalog) / (time.monotonic() - began)
    say(f"{add[4]}, one process, killed at {_entered(catalog):,} files {rate:8,.0f} files/s")


def _entered(catalog: Path) -> int:
    address = f"file:{catalog}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM files").fetchone()[0])
    except sqlite3.OperationalError:  # the file or its tables are not there yet
        return 0


def write_fits(folder: Path, files: int) -> None:
    """Write files of one frame, each of another moment and other pixels."""
    noise = np.random.default_rng(1)
    for number in range(files):
        path = place(folder, number, ".fits")
        with FrameWriter(path, 1, SIDE, SIDE) as writer:
            frames = noise.integers(400, 600, (1, SIDE, SIDE), np.int16)
            writer.write(np.array([START_NS + number * STEP_NS]), frames)


def write_root(folder: Path, files: int) -> None:
    """Write a tree of two events once, and its copies with other times in their place."""
    first = np.array([START_NS, START_NS + 1])
    model = folder.parent / "model.root"
    with uproot.recreate(model, compression=None) as file:
        types = {"event_id": "int64", "time_ns": "int64", "veto_time_ns": "int64"}
        tree = file.mktree("events", types | {"wire": "var * int16", "samples_adu": "var * int16"})
        wire = ak.from_regular(np.full((2, 1), 5, np.int16))
        samples = ak.from_regular(np.full((2, 128), 100, np.int16))
        tree.extend({"event_id": np.arange(2), "time_ns": first, "veto_time_ns": first * 0,
                     "wire": wire, "samples_adu": samples})  # fmt: skip
    content = model.read_bytes()
    old = first.astype(">i8").tobytes()
    if content.count(old) != 1:
        raise SystemExit("the times do not stand once in the model")
    for number in range(files):
        new = (first + number * STEP_NS).astype(">i8").tobytes()
        place(folder, number, ".root").write_bytes(content.replace(old, new))


def place(folder: Path, number: int, suffix: str) -> Path:
    """Give the path of a file, a thousand to a folder."""
    below = folder / f"{number // FOLDER:04d}"
    below.mkdir(parents=True, exist_ok=True)
    return below / f"{number:06d}{suffix}"


def _hashed(folder: Path) -> float:
    began = time.monotonic()
    for path in folder.rglob("*.[fr]*"):
        hashlib.sha256(path.read_bytes()).hexdigest()
    return time.monotonic() - began


def _called(arguments: list[object]) -> tuple[dict[str, int], float]:
    began = time.monotonic()
    command = [*HELIOSCOPE, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout), time.monotonic() - began


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
