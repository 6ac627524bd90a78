"""A disk that is full at any write: exit code 5, nothing half made, and on with more room.

Every command is called again and again on a small file system with a little more room each time,
so that it is full at one write after the other.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from tests.integration.archive_campaign import NEW_SCALES, contents
from tests.integration.memory_disks import mounted

from helioscope.catalog.store import open_catalog

Cli = Callable[..., tuple[int, str, str]]
#: Pages of 4 KiB that are free, call after call.
ROOM_PAGES = (0, 1, 2, 4, 6, 9, 13, 18, 25, 35, 50, 70, 100, 140, 200, 300, 450, 700, 1000, 2000)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB in memory, where the machine allows it."""
    with mounted(tmp_path / "disk", "24m", lazily=True) as place:
        yield place


def fill(disk: Path, room_pages: int) -> Path:
    """Take all of the disk but some pages."""
    filling = disk / "filling"
    state = os.statvfs(disk)
    filling.write_bytes(bytes(max(state.f_bavail - room_pages, 0) * state.f_frsize))
    return filling


def called_until_done(
    call: Callable[[], tuple[int, str, str]],
    disk: Path,
    after: Path,
    room: Sequence[int] = ROOM_PAGES,
) -> int:
    """Call with more and more room; look after each call that nothing half made is there.

    Gives how many calls ended for want of room.
    """
    for refused, room_pages in enumerate(room):
        filling = fill(disk, room_pages)
        code, _, err = call()
        filling.unlink()
        strays = [path for path in after.rglob(".*") if not path.name.endswith("-pieces")]
        assert strays == []
        if code == 0:
            return refused
        assert code == 5, err
        assert "No space left" in err or "free space" in err, err
        assert "Traceback" not in err
    raise AssertionError(f"still refused with {room_pages} pages: {err}")


def whole(out: Path) -> bool:
    with (
        open_catalog(out / "catalog.sqlite", root=out) as catalog,
        catalog.database.reading() as connection,
    ):
        return connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


SIMULATED = {
    "ccd": "frames = 20",
    "micromegas": 'kind = "background"\nevents = 20',
    "tpc": "photons = 10",
}
REPROCESSINGS = {
    "raw": ("ccd", "ccd.nominal_ev_per_adu=5.5"),
    "observables": ("micromegas", "micromegas.nominal_mesh_adu_ns_per_kev=21000.0"),
    "judged": ("ccd", "detectors.ccd.discriminator_settings.patterns=[0]"),
    "linked": ("ccd", "tpc.split_wires=11"),
}


@pytest.mark.parametrize("start", REPROCESSINGS)
def test_reprocessing(helioscope: Cli, out: Path, disk: Path, start: str) -> None:
    detector, change = REPROCESSINGS[start]
    where = f'detector = "{detector}"' if start != "linked" else 'detector in ("ccd", "tpc")'
    arguments = ["reprocess", "--tag", "v2", "--where", where, "--set", change]
    full = Path(shutil.copytree(out, disk / "out"))
    assert helioscope(*arguments, "--out", out)[0] == 0
    calls = called_until_done(lambda: helioscope(*arguments, "--out", full), disk, full)
    assert calls >= 3
    assert contents(full) == contents(out)
    assert whole(full)
    code, _, err = helioscope("verify", "--out", full)
    assert code == 0, err


def test_first_processing(helioscope: Cli, processed: Path, disk: Path) -> None:
    job = ("run", processed / "job.toml", "--quiet")
    calls = called_until_done(lambda: helioscope(*job, "--out", disk / "out"), disk, disk)
    assert calls >= 5
    assert contents(disk / "out") == contents(processed / "out")
    assert helioscope("verify", "--out", disk / "out")[0] == 0


def test_calibrating(
    helioscope: Cli, out: Path, processed: Path, disk: Path, tmp_path: Path
) -> None:
    text = (processed / "job.toml").read_text()
    for old, new in NEW_SCALES.values():
        text = text.replace(old, new, 1)
    (tmp_path / "job.toml").write_text(text)
    job = ("calibrate", tmp_path / "job.toml", "--data", processed, "--quiet")
    full = Path(shutil.copytree(out, disk / "out"))
    assert helioscope(*job, "--out", out)[0] == 0
    calls = called_until_done(lambda: helioscope(*job, "--out", full), disk, full)
    assert calls >= 2
    with (
        open_catalog(full / "catalog.sqlite", root=full) as catalog,
        open_catalog(out / "catalog.sqlite", root=out) as other,
    ):
        one, two = (
            {(row.name, row.version, row.digest) for row in of.calibration_versions()}
            for of in (catalog, other)
        )
    assert one == two
    assert helioscope("verify", "--out", full)[0] == 0


@pytest.mark.parametrize("form", ["root", "csv", "ogip"])
def test_exporting(helioscope: Cli, processed: Path, disk: Path, form: str) -> None:
    folder = processed / "out/micromegas-science-000/micromegas"
    export = ("export", folder, "--format", form)
    called_until_done(lambda: helioscope(*export, "--out", disk / "here"), disk, disk)
    assert helioscope(*export, "--out", processed.parent / f"whole-{form}")[0] == 0
    made = {path.name: path.stat().st_size for path in (disk / "here").iterdir()}
    good = {
        path.name: path.stat().st_size for path in (processed.parent / f"whole-{form}").iterdir()
    }
    assert made == good


def test_adding_raw_files(helioscope: Cli, processed: Path, disk: Path) -> None:
    raw = Path(shutil.copytree(processed / "raw", disk.parent / "raw"))
    add = ("catalog", "add", raw, "--detector", "ccd", "--kind", "science")
    code = helioscope(*add, "--out", disk.parent / "whole")[0]
    assert code == 3  # files of the other detectors are no frames

    def call() -> tuple[int, str, str]:
        code, printed, err = helioscope(*add, "--out", disk / "out")
        return (0 if code == 3 else code), printed, err

    (disk / "out").mkdir()
    assert called_until_done(call, disk, disk) >= 2
    for out in (disk / "out", disk.parent / "whole"):
        assert whole(out)
    with (
        open_catalog(disk / "out/catalog.sqlite", root=disk / "out") as catalog,
        open_catalog(disk.parent / "whole/catalog.sqlite", root=disk.parent / "whole") as other,
    ):
        one, two = ({(run.name, run.state) for run in of.runs()} for of in (catalog, other))
    assert one == two


def test_tagging(helioscope: Cli, out: Path, disk: Path) -> None:
    full = Path(shutil.copytree(out, disk / "out"))
    called_until_done(lambda: helioscope("catalog", "tag", "a", "--out", full), disk, full)
    assert whole(full)
    with open_catalog(full / "catalog.sqlite", root=full) as catalog:
        assert len(catalog.live_calibrations("a")) == len(catalog.live_calibrations())


@pytest.mark.parametrize("simulator", ["ccd", "micromegas", "tpc"])
def test_simulating(helioscope: Cli, disk: Path, tmp_path: Path, simulator: str) -> None:
    (tmp_path / "settings.toml").write_text(f"[simulator]\n{SIMULATED[simulator]}\n")
    command = ("simulate", simulator, "--settings", tmp_path / "settings.toml", "--seconds", "5")
    calls = called_until_done(lambda: helioscope(*command, "--out", disk / "raw"), disk, disk)
    assert calls >= 2
    assert helioscope(*command, "--out", tmp_path / "raw")[0] == 0
    made, good = ({path.name for path in of.iterdir()} for of in (disk / "raw", tmp_path / "raw"))
    assert made == good


def test_two_workers(out: Path, disk: Path) -> None:
    command = [sys.executable, "-m", "helioscope.cli.main", "reprocess", "--tag", "v2"]
    command += ["--set", "ccd.nominal_ev_per_adu=5.5", "--set", "job.piece_mib=0.2"]
    command += ["--set", "ccd.frames_per_batch=8", "--workers", "2"]

    def call(place: Path = disk / "out") -> tuple[int, str, str]:
        done = subprocess.run([*command, "--out", place], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    full = Path(shutil.copytree(out, disk / "out"))
    assert call(out)[0] == 0
    assert called_until_done(call, disk, full, ROOM_PAGES[1::3]) >= 2
    assert contents(full) == contents(out)
    assert whole(full)


@pytest.mark.parametrize("command", ["demo", "validate", "train"])
def test_a_disk_without_any_room_is_named(
    helioscope: Cli, processed: Path, disk: Path, command: str
) -> None:
    arguments = {"demo": [], "validate": ["ccd"], "train": [processed / "job.toml", "--quiet"]}
    fill(disk, 0)
    code, _, err = helioscope(command, *arguments[command], "--out", disk / "new")
    assert code == 5
    assert f"{disk}/new" in err or "simulator 'ccd' 1, run dark" in err
    assert list(disk.rglob(".*")) == []
