"""A campaign of three detectors: first processing, new gains, a second call, kills.

Each day of 22 science runs a detector begins with its calibration runs. The gain of the CCD
enters before its events are found: those runs start from raw data. The energy scales of
Micromegas and TPC, measured anew with another setting, come last: those runs start from stored
observables. For comparison, what else is new in them and needs the raw data.

The kills come upon runs cut into pieces of eight frames, the undisturbed ones are whole.

Run it with ``python -m tests.bench.reprocessing [RUNS] [KILLS]``: science runs of all detectors
together, 198 where nothing is given, and kills, 20.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
from archive_campaign import NEW_SCALES, campaign, contents

from helioscope.catalog.store import open_catalog

HELIOSCOPE = [sys.executable, "-m", "helioscope.cli.main"]
GAIN = ["--set", "ccd.nominal_ev_per_adu=5.5"]
REPROCESS = ["reprocess", "--tag", "v2", *GAIN]
#: What changes before the energies.
FROM_RAW = {"micromegas": "strip_threshold_sigma=4.5", "tpc": "nominal_gain_adu_per_kev=210.0"}
BATCHES = ["reprocess", "--tag", "v3", *GAIN, "--set", "ccd.frames_per_batch=8"]
PIECES = ["--set", "job.piece_mib=0.2"]
WORKERS = ["--workers", "2"]


def main(runs: int = 198, kills: int = 20) -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = campaign(folder / "c", runs // 3)
        out = folder / "c" / "out"
        first_s = _timed(["run", str(job), "--quiet", "--out", str(out)])
        untouched = Path(shutil.copytree(out, folder / "untouched"))
        undisturbed = Path(shutil.copytree(out, folder / "undisturbed"))
        plan = _called([*REPROCESS, "--dry-run", "--json", "--out", str(out)])
        second_s = _timed([*REPROCESS, "--out", str(out)])
        third_s = _timed([*REPROCESS, "--out", str(out)])
        two_s = _timed([*REPROCESS, *WORKERS, "--out", str(undisturbed)])
        say(f"runs                                {json.loads(plan)['summary']['runs']}")
        say(f"starts                              {json.loads(plan)['summary']['starts']}")
        say(f"first processing                    {first_s:.1f} s")
        say(f"reprocessing with a new CCD gain    {second_s:.1f} s, {second_s / first_s:.2f}")
        say(f"the same by two workers             {two_s:.1f} s, {two_s / first_s:.2f}")
        say(f"a second call                       {third_s:.1f} s, {third_s / first_s:.2f}")
        same = contents(out / "tags/v2") == contents(undisturbed / "tags/v2")
        say(f"two workers, same bytes             {same}")
        _called([*BATCHES, "--out", str(undisturbed)])
        reached = _kill(untouched, kills, two_s)
        say(f"runs and pieces there at each kill  {', '.join(reached)}")
        code = subprocess.run([*HELIOSCOPE, "verify", "--clean", "--out", untouched]).returncode
        again = subprocess.run([*HELIOSCOPE, "verify", "--out", untouched]).returncode
        same = contents(untouched / "tags/v3") == contents(undisturbed / "tags/v3")
        say(f"{kills} times SIGKILL, same bytes      {same}")
        whole = _rows(untouched) == _rows(undisturbed)
        say(f"the catalogue whole, the same rows  {whole}")
        strays = [path for path in untouched.rglob("*") if path.name.startswith(".")]
        say(f"verify --clean, verify, stray files {code}, {again}, {len(strays)}")
        _others(job, undisturbed, first_s)


def _others(job: Path, out: Path, first_s: float) -> None:
    """Measure what is new in the other detectors."""
    for detector, (old, new) in NEW_SCALES.items():
        job.write_text(job.read_text().replace(old, new, 1))
        _called(["calibrate", str(job), "--quiet", "--out", str(out)])
        _measured(f"a new energy scale, {detector}", f"{detector}-scale", [], out, first_s)
    for detector, setting in FROM_RAW.items():
        changes = ["--set", f"{detector}.{setting}"]
        _measured(f"{setting.partition('=')[0]}, {detector}", detector, changes, out, first_s)


def _measured(what: str, tag: str, changes: list[str], out: Path, first_s: float) -> None:
    call = ["reprocess", "--tag", tag, *changes, "--out", str(out)]
    starts = json.loads(_called([*call, "--dry-run", "--json"]))["summary"]["starts"]
    took_s = _timed(call)
    starts = ", ".join(f"{number} from {start}" for start, number in sorted(starts.items()))
    say(f"{what}\n    {starts:40}{took_s:.1f} s, {took_s / first_s:.2f}")


def _kill(out: Path, kills: int, took_s: float) -> list[str]:
    """Kill so many calls, each some time after it began to write, then let one finish.

    Gives how many runs and pieces were there after each kill.
    """
    chance, reached = random.Random(1), []
    while len(reached) < kills:
        process = subprocess.Popen(
            [*HELIOSCOPE, *BATCHES, *PIECES, *WORKERS, "--out", out],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        before = _below(out / "tags")
        while process.poll() is None and _below(out / "tags") <= before:
            time.sleep(0.01)
        try:
            if process.wait(chance.uniform(0.0, 0.5) * took_s):
                raise SystemExit(f"a call ended with exit code {process.returncode}")
            shutil.rmtree(out / "tags")  # it was done before it was killed: begin anew
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            runs, pieces = (
                len(list((out / "tags").rglob(name)))
                for name in ("record.json", "*-pieces/*.events.parquet")
            )
            reached.append(f"{runs}+{pieces}")
    _called([*BATCHES, *PIECES, *WORKERS, "--out", str(out)])
    return reached


def _below(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def _rows(out: Path) -> list[tuple[str, ...]] | None:
    """Give what the catalogue says of the products; None where SQLite finds it damaged."""
    with open_catalog(out / "catalog.sqlite", root=out) as catalog:
        with catalog.database.reading() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                return None
        rows = catalog.products(tag="v3")
        return sorted((row.run, row.kind, row.lineage, row.digest) for row in rows)


def _called(arguments: list[str]) -> str:
    done = subprocess.run([*HELIOSCOPE, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _timed(arguments: list[str]) -> float:
    began = time.monotonic()
    _called(arguments)
    return time.monotonic() - began


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
