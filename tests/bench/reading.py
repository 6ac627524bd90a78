"""How fast raw files are read, beside the plain file read and the libraries' own readers.

``python -m tests.bench.reading`` writes its files into a temporary folder. Runs alternate, and
medians are quoted; results are checked to agree.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import numpy as np
import uproot
from astropy.io import fits

from helioscope.io import fits_frames, root_trees
from helioscope.model.products import RAW
from helioscope.model.schema import Column, Schema
from helioscope.plugin import Source, SourceRequest

FRAMES, ROWS, COLUMNS = 12_000, 200, 64
EVENTS = 1_200_000
BATCH_FRAMES, BATCH_EVENTS = 256, 20_000
REPEATS = 7

CCD = RAW.extended("ccd_raw", 1, (Column("frame_adu", "int16", "adu", "Frame.", (ROWS, COLUMNS)),))
STRIPS = RAW.extended(
    "strips_raw",
    1,
    (
        Column("x_strip", "int32", "", "Strip.", ("var",)),
        Column("x_charge_adu", "float32", "adu", "Charge.", ("var",)),
    ),
)


def medians(candidates: dict[str, Callable[[], int]]) -> dict[str, float]:
    """Run each in turn, several times; give the median seconds of each."""
    spent: dict[str, list[float]] = {name: [] for name in candidates}
    results = {name: run() for name, run in candidates.items()}
    if len({result for name, result in results.items() if name != "plain read"}) != 1:
        raise AssertionError(f"the readers disagree: {results}")
    for _ in range(REPEATS):
        for name, run in candidates.items():
            begin = time.perf_counter()
            run()
            spent[name].append(time.perf_counter() - begin)
    return {name: statistics.median(seconds) for name, seconds in spent.items()}


def plain_read(path: Path) -> int:
    """Read a file through a buffer of 1 MiB."""
    buffer, total = bytearray(2**20), 0
    with path.open("rb", buffering=0) as file:
        while number := file.readinto(buffer):
            total += number
    return total


def source_read(source: Source, path: Path, schema: Schema, batch: int) -> int:
    """Read with a source of helioscope; give a value of the last event."""
    request = SourceRequest(path, schema, {}, batch, 2**28)
    last = 0
    for rows in source.read(request):
        last = int(rows["time_ns"][-1])
    return last


def astropy_read(path: Path, verify: bool) -> int:
    """Read the same frames with astropy, in the machine's order and in the same steps."""
    last = 0
    with fits.open(path, memmap=True, checksum=verify) as file:
        table = file[1].data
        for start in range(0, len(table), BATCH_FRAMES):
            rows = table[start : start + BATCH_FRAMES]
            rows["FRAME"].astype(np.int16)
            last = int(rows["TIME"][-1])
    return last


def uproot_read(path: Path) -> int:
    """Read the same branches with uproot alone."""
    last = 0
    with uproot.open(path) as file:
        for rows in file["events"].iterate(list(STRIPS.names), step_size=BATCH_EVENTS):
            last = int(rows["time_ns"][-1])
    return last


def write_frames(path: Path, checksum: bool) -> Path:
    """Write the native table."""
    frames = np.random.default_rng(1).normal(600, 6, (FRAMES, ROWS, COLUMNS)).astype(np.int16)
    columns = [
        fits.Column("TIME", "1K", unit="ns", array=np.arange(FRAMES) + 10**18),
        fits.Column("FRAME", f"{ROWS * COLUMNS}I", dim=f"({COLUMNS},{ROWS})", array=frames),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="FRAMES")
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(path, checksum=checksum)
    return path


def write_tree(path: Path, compression: object) -> Path:
    """Write a tree of jagged strips."""
    random = np.random.default_rng(1)
    with uproot.recreate(path, compression=compression) as file:
        tree = file.mktree(
            "events",
            {
                "event_id": "int64",
                "time_ns": "int64",
                "x_strip": "var * int32",
                "x_charge_adu": "var * float32",
            },
        )
        for start in range(0, EVENTS, 50_000):
            counts = random.poisson(6, 50_000)
            total = int(counts.sum())
            tree.extend(
                {
                    "event_id": np.arange(start, start + 50_000),
                    "time_ns": 10**18 + np.arange(start, start + 50_000),
                    "x_strip": ak.unflatten(random.integers(0, 106, total, np.int32), counts),
                    "x_charge_adu": ak.unflatten(
                        random.gamma(2, 300, total).astype(np.float32), counts
                    ),
                }
            )
    return path


def show(title: str, size: int, seconds: dict[str, float], reference: str) -> None:
    """Print rates and ratios to the reference."""
    lines = [f"\n{title} ({size / 1e6:.0f} MB)"]
    for name, spent in seconds.items():
        ratio = seconds[reference] / spent
        lines.append(f"  {name:12} {size / spent / 1e6:8.0f} MB/s   {ratio:6.2f} of {reference}")
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        for checksum in (True, False):
            path = write_frames(Path(folder) / f"frames{checksum}.fits", checksum)
            seconds = medians(
                {
                    "plain read": lambda path=path: plain_read(path),
                    "helioscope": lambda path=path: source_read(
                        fits_frames.SOURCE, path, CCD, BATCH_FRAMES
                    ),
                    "astropy": lambda path=path, verify=checksum: astropy_read(path, verify),
                }
            )
            title = "native FITS frames, checksums " + ("verified" if checksum else "absent")
            show(title, path.stat().st_size, seconds, "plain read")
            path.unlink()
        for name, compression in (("zlib", uproot.ZLIB(1)), ("lz4", uproot.LZ4(1))):
            path = write_tree(Path(folder) / f"{name}.root", compression)
            seconds = medians(
                {
                    "uproot": lambda path=path: uproot_read(path),
                    "helioscope": lambda path=path: source_read(
                        root_trees.SOURCE, path, STRIPS, BATCH_EVENTS
                    ),
                }
            )
            show(f"jagged ROOT tree, {name}", path.stat().st_size, seconds, "uproot")


if __name__ == "__main__":
    main()
