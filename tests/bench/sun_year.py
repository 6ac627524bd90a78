"""A year of one-second pointing to intervals: time, memory, and the rate beside the disk's.

Run it with ``python -m tests.bench.sun_year [--rows N]``. The limits are 30 s on one core and
2 GB for 3 x 10^7 rows, the reading of the file included.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.sun.ephemeris import SunEphemeris
from helioscope.sun.exposure import pointing_exposure
from helioscope.sun.windows import windows

YEAR_START = parse_iso("2017-01-01T00:00:00Z")
SLEW_DEG_PER_S = 0.0128


def write_year(path: Path, rows: int) -> int:
    """Write second after second of a magnet that tracks every sunrise; give the trackings."""
    stop = YEAR_START + rows * NS_PER_S
    passes = [w for w in windows(YEAR_START, stop) if w.end == "sunrise"]
    sun = SunEphemeris.between(YEAR_START, stop)
    names = ["time_ns", "horizontal_deg", "vertical_deg"]
    schema = pa.schema(list(zip(names, (pa.int64(), pa.float64(), pa.float64()), strict=True)))
    random = np.random.default_rng(0)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for first in range(0, rows, 86_400):
            times = YEAR_START + np.arange(first, min(first + 86_400, rows)) * NS_PER_S
            angles = np.tile([96.24, 0.0046], (times.size, 1))
            for window in passes:
                if times[0] <= window.start_ns < window.stop_ns <= times[-1]:
                    _track(angles, times, window.start_ns, window.stop_ns, sun)
            angles += random.normal(size=angles.shape) * [0.0005, 0.0001]
            writer.write_table(pa.table([times, *angles.T], names=names))
    return len(passes)


def _track(
    angles: np.ndarray, times: np.ndarray, start_ns: int, stop_ns: int, sun: SunEphemeris
) -> None:
    first, last = np.searchsorted(times, (start_ns, stop_ns))
    place = sun.position(times[first:last])
    aim = np.column_stack((place.azimuth_deg + 0.02, place.altitude_deg))
    angles[first:last] = aim
    for number, step, edge in ((first, -1, aim[0]), (last - 1, 1, aim[-1])):
        seconds = np.arange(1, 4000)
        way = angles[0] - edge
        gone = np.minimum(SLEW_DEG_PER_S * seconds[:, None], np.abs(way))
        rows = number + step * seconds
        inside = (rows >= 0) & (rows < times.size)
        angles[rows[inside]] = (edge + np.sign(way) * gone)[inside]


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=365 * 86_400)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pointing.parquet"
        warm = Path(folder) / "warm.parquet"
        write_year(warm, 86_400)
        pointing_exposure([warm])  # compiles
        passes = write_year(path, rows)
        begin = time.perf_counter()
        exposure = pointing_exposure([path])
        tagged = exposure.tagged()
        judge_s = time.perf_counter() - begin
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        begin = time.perf_counter()
        parquet.read_table(path, use_threads=False)
        read_s = time.perf_counter() - begin
    tracked_h = sum(t.on_sun.duration_ns() for t in exposure.history.trackings) / 3.6e12
    print(f"rows                  {rows:.3g}")  # noqa: T201
    print(f"file to intervals     {judge_s:.1f} s ({rows / judge_s / 1e6:.1f} M rows/s)")  # noqa: T201
    print(f"of the plain read     {judge_s / read_s:.1f} times ({read_s:.1f} s)")  # noqa: T201
    print(f"peak memory           {peak_mb:.0f} MB")  # noqa: T201
    print(f"trackings             {len(exposure.history.trackings)} of {passes}, "  # noqa: T201
          f"{tracked_h:.1f} h, {len(tagged)} intervals")  # fmt: skip
    return 0 if judge_s < 30 and peak_mb < 2048 else 1


if __name__ == "__main__":
    sys.exit(main())
