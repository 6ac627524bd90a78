"""CCD frames to clusters, beside what a user would pick instead, on the same frames and one core.

Run with ``python -m tests.bench.ccd_frames``. Every chain subtracts offsets and the row median,
applies the threshold, clusters and sums; their clusters are compared first. The C program does
offset, median (by quickselect) and threshold only.
"""

from __future__ import annotations

import ctypes
import logging
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

FRAMES, ROWS, COLUMNS = 1024, 200, 64
NOISE, OFFSET, EVENT, SPLIT = 3.65, 600.0, 6.5, 3.0
ROUNDS = 7

SOURCE = r"""
#include <stdint.h>
static float pick(float *v, int n, int k) {
    int lo = 0, hi = n - 1;
    while (lo < hi) {
        float p = v[(lo + hi) / 2]; int i = lo, j = hi;
        while (i <= j) {
            while (v[i] < p) i++;
            while (v[j] > p) j--;
            if (i <= j) { float t = v[i]; v[i] = v[j]; v[j] = t; i++; j--; }
        }
        if (k <= j) hi = j; else if (k >= i) lo = i; else return v[k];
    }
    return v[k];
}
long calibrate(const int16_t *raw, const float *offset, long frames, int rows, int columns,
               float limit, int median) {
    long hits = 0; float v[4096], w[4096];
    for (long f = 0; f < frames; f++) for (int r = 0; r < rows; r++) {
        const int16_t *x = raw + (f * rows + r) * columns; const float *o = offset + r * columns;
        float level = 0.0f;
        for (int c = 0; c < columns; c++) v[c] = (float)x[c] - o[c];
        if (median) {
            for (int c = 0; c < columns; c++) w[c] = v[c];
            float a = pick(w, columns, columns / 2 - 1), b = pick(w, columns, columns / 2);
            level = 0.5f * (a + b);
        }
        int n = 0;
        for (int c = 0; c < columns; c++) n += (v[c] - level) > limit;
        hits += n;
    }
    return hits;
}
"""


def frames(clusters: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Make frames with so many clusters each, and their offsets."""
    rng = np.random.default_rng(seed)
    offset = (OFFSET + rng.normal(0, 20, (ROWS, COLUMNS))).astype(np.float32)
    raw = rng.standard_normal((FRAMES, ROWS, COLUMNS), np.float32) * NOISE + offset
    raw += rng.normal(0, 4, (FRAMES, ROWS, 1)).astype(np.float32)
    number = rng.poisson(clusters * FRAMES)
    frame, row = rng.integers(0, FRAMES, number), rng.integers(0, ROWS - 1, number)
    column = rng.integers(0, COLUMNS - 1, number)
    energy, share = rng.uniform(200, 1600, number), rng.uniform(0.5, 1.0, number)
    split = rng.random(number) < 0.35
    np.add.at(raw, (frame, row, column), np.where(split, share, 1.0) * energy)
    np.add.at(raw, (frame, row + 1, column), np.where(split, (1.0 - share) * energy, 0.0))
    return np.rint(raw).astype(np.int16), offset


def ours(offset: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Set up the plugin's pass."""
    from helioscope_ccd.frames import FrameChain
    from helioscope_ccd.geometry import geometry
    from helioscope_ccd.maps import Thresholds, pixel_maps
    from helioscope_ccd.quality import bits

    layout = geometry(ROWS, COLUMNS, 150.0)
    shape = ROWS, COLUMNS
    limits = Thresholds(EVENT, SPLIT, 50.0, 1e9, 1e9)
    maps = pixel_maps(
        layout, offset, np.full(shape, NOISE), np.zeros(shape, bool), np.full(shape, 0.005), limits
    )
    chain = FrameChain(layout.spans, ROWS, COLUMNS, maps, bits(), 1000)
    return lambda raw: np.concatenate(
        [chain(raw[first : first + 256])[0]["pha_adu"] for first in range(0, len(raw), 256)]
    )


def levelled(raw: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Subtract offsets and row medians with numpy."""
    signal = raw.astype(np.float32) - offset
    signal -= np.median(signal, axis=2, keepdims=True)
    return signal


def by_clusterizer(offset: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Set up numpy with pixel_clusterizer, its hits numbered by frame."""
    from pixel_clusterizer.clusterizer import HitClusterizer

    fields = np.dtype(
        [("event_number", "<i8"), ("frame", "<u1"), ("column", "<u2"), ("row", "<u2"),
         ("charge", "<f4")]
    )  # fmt: skip
    clusterizer = HitClusterizer(
        hit_dtype=fields, column_cluster_distance=1, row_cluster_distance=1,
        min_hit_charge=0, max_hit_charge=1_000_000,
    )  # fmt: skip

    def run(raw: np.ndarray) -> np.ndarray:
        sums = []
        for first in range(0, len(raw), 256):
            signal = levelled(raw[first : first + 256], offset)
            event, row, column = np.nonzero(signal > SPLIT * NOISE)
            hits = np.zeros(event.size, fields)
            hits["event_number"], hits["row"], hits["column"] = first + event, row + 1, column + 1
            hits["charge"] = signal[event, row, column]
            labelled, _ = clusterizer.cluster_hits(hits)
            key = labelled["event_number"] * 4096 + labelled["cluster_ID"]
            _, place = np.unique(key, return_inverse=True)
            total = np.bincount(place, labelled["charge"])
            strong = np.bincount(place, labelled["charge"] > EVENT * NOISE) > 0
            sums.append(total[strong])
        return np.concatenate(sums)

    return run


def by_ndimage(offset: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Set up scipy.ndimage on the stack of frames."""
    from scipy import ndimage

    join = np.zeros((3, 3, 3), bool)
    join[1] = True

    def run(raw: np.ndarray) -> np.ndarray:
        sums = []
        for first in range(0, len(raw), 256):
            signal = levelled(raw[first : first + 256], offset)
            label, number = ndimage.label(signal > SPLIT * NOISE, join)
            index = np.arange(1, number + 1)
            total = ndimage.sum_labels(signal, label, index)
            sums.append(total[ndimage.maximum(signal, label, index) > EVENT * NOISE])
        return np.concatenate(sums)

    return run


def in_c(offset: np.ndarray, median: bool) -> Callable[[np.ndarray], int] | None:
    """Compile the C program and give its call, where there is a compiler."""
    compiler = shutil.which("gcc")
    if compiler is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="helioscope-bench-"))
    (folder / "calibrate.c").write_text(SOURCE)
    library = folder / "calibrate.so"
    command = [compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", str(library)]
    subprocess.run([*command, str(folder / "calibrate.c")], check=True)
    call = ctypes.CDLL(str(library)).calibrate
    call.restype = ctypes.c_long
    shutil.rmtree(folder)
    flat = np.ascontiguousarray(offset.ravel())

    def run(raw: np.ndarray) -> int:
        return int(call(
            raw.ctypes.data_as(ctypes.c_void_p), flat.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_long(len(raw)), ROWS, COLUMNS, ctypes.c_float(EVENT * NOISE), int(median),
        ))  # fmt: skip

    return run


def measure(clusters: float) -> None:
    """Run all chains in turn and print their rates and the ratios to ours."""
    raw, offset = frames(clusters)
    chains: dict[str, Callable[[np.ndarray], object] | None] = {
        "helioscope": ours(offset),
        "numpy + pixel_clusterizer": by_clusterizer(offset),
        "scipy.ndimage on the stack": by_ndimage(offset),
        "C: offset, row median, threshold": in_c(offset, True),
        "C: offset, threshold": in_c(offset, False),
    }
    running = {name: chain for name, chain in chains.items() if chain is not None}
    results = {name: chain(raw) for name, chain in running.items()}
    mine = np.asarray(results["helioscope"])
    for name in ("numpy + pixel_clusterizer", "scipy.ndimage on the stack"):
        agrees(mine, np.asarray(results[name]), name)
    seconds: dict[str, list[float]] = {name: [] for name in running}
    for _ in range(ROUNDS):
        for name, chain in running.items():
            start = time.perf_counter()
            chain(raw)
            seconds[name].append(time.perf_counter() - start)
    print(f"\n{mine.size / FRAMES:.1f} clusters a frame, {FRAMES} frames of {ROWS} x {COLUMNS}")  # noqa: T201
    slowest = float(np.median(seconds["helioscope"]))
    for name, took in seconds.items():
        rate, ratio = FRAMES / float(np.median(took)), float(np.min(took)) / slowest
        print(f"  {name:34s} {rate:9.0f} frames/s   helioscope / this = {ratio:6.2f}")  # noqa: T201


def agrees(mine: np.ndarray, other: np.ndarray, name: str) -> None:
    """Check that two lists of cluster sums hold the same, but for weak pixels across corners."""
    total = abs(mine.sum() / other.sum() - 1.0)
    number = abs(mine.size / other.size - 1.0)
    if total > 2e-3 or number > 2e-3:
        raise SystemExit(f"{name}: sums differ by {total:.1e}, numbers by {number:.1e}")
    print(f"checked against {name}: sums within {total:.1e}, numbers within {number:.1e}")  # noqa: T201


def main() -> None:
    """Measure at few and at many clusters a frame."""
    logging.disable(logging.WARNING)  # pixel_clusterizer warns when a second pass begins
    for clusters in (1.0, 20.0):
        measure(clusters)


if __name__ == "__main__":
    main()
