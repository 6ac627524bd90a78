"""The memory of one process over a run of at least 8 GB of frames.

Needs 9 GB below the temporary folder: ``python -m tests.bench ccd_memory``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from tests.bench import ccd_runs

FRAMES, COPIES = 20000, 16
LIMIT_BYTES = 2**30


def main() -> None:
    """Print the size of the run and the peak resident memory of the process."""
    with tempfile.TemporaryDirectory() as name:
        job = ccd_runs.simulate(Path(name), FRAMES)
        ccd_runs.later_copies(Path(name), COPIES)
        size = sum(path.stat().st_size for path in Path(name).glob("science*.fits"))
        process = subprocess.Popen([*ccd_runs.CLI, "run", job, "--out", Path(name) / "out"])
        peak = 0
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.05)
        record = json.loads((Path(name) / "out/science/ccd/record.json").read_text())
    sys.stdout.write(
        f"{size / 1e9:.2f} GB, {record['counts']['events']} frames, "
        f"{record['timing']['events_per_s']:.0f} frames/s; peak {peak / 2**20:.0f} MiB "
        f"({'under' if peak < LIMIT_BYTES else 'OVER'} 1 GiB)\n"
    )


if __name__ == "__main__":
    main()
