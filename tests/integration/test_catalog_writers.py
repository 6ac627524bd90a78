"""Four processes write to one catalogue at once, on SQLite and PostgreSQL: nothing is lost."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from helioscope.catalog.store import open_catalog

WRITERS, ROUNDS = 4, 25

WRITER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from helioscope.catalog.lineage import Lineage
    from helioscope.catalog.rows import NewCalibration, RunRow
    from helioscope.catalog.store import open_catalog

    location, root, number, rounds = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    (root / "start").exists() or input()
    with open_catalog(location, root) as catalog:
        for index in range(rounds):
            name = f"run-{number}-{index}"
            catalog.register_run(RunRow(name, "ccd", "science", index, index + 1))
            own = Lineage("candidates", 1, inputs=(name,))
            shared = Lineage("observables", 1, inputs=(str(index),))
            for lineage, path in ((own, f"{name}.parquet"), (shared, f"{index}.parquet")):
                catalog.register_product(lineage, run=name, detector="ccd", path=root / path,
                                         digest="d" * 64, rows=1, schema_version=1)
            staged = root / f"staged-{name}"
            staged.mkdir()
            digest = f"{number}{index:02d}".rjust(64, "0")
            new = NewCalibration("ccd", "gain", 0, None, digest, "test 1")
            catalog.register_calibration(new, staged)
            print(name, flush=True)
""")


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "catalog.sqlite")
    url: str = request.getfixturevalue("postgresql_url")
    return url


def start(location: str, root: Path, number: int) -> "subprocess.Popen[str]":
    arguments = [location, str(root), str(number), str(ROUNDS)]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_four_writers_lose_nothing(location: str, tmp_path: Path) -> None:
    writers = [start(location, tmp_path, number) for number in range(WRITERS)]
    time.sleep(1.5)  # all stand at the line before a catalogue is there
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert (writer.returncode, errors) == (0, "")
    with open_catalog(location, tmp_path) as catalog:
        expected = {f"run-{number}-{index}" for number in range(WRITERS) for index in range(ROUNDS)}
        assert set(catalog.run_names()) == expected
        assert {row.run for row in catalog.products(kind="candidates")} == expected
        assert len(catalog.products(kind="observables")) == ROUNDS
        versions = [row.version for row in catalog.calibration_versions()]
        assert versions == list(range(1, WRITERS * ROUNDS + 1))
        assert all(row.path.is_dir() for row in catalog.calibration_versions())


def test_a_killed_writer_leaves_what_it_said_and_a_sound_catalogue(
    location: str, tmp_path: Path
) -> None:
    (tmp_path / "start").touch()
    writer = start(location, tmp_path, 0)
    assert writer.stdout is not None
    said = [writer.stdout.readline().strip() for _ in range(8)]
    os.kill(writer.pid, signal.SIGKILL)
    said += writer.communicate(timeout=30)[0].split()
    with open_catalog(location, tmp_path) as catalog:
        assert set(said) <= set(catalog.run_names())
        assert {row.run for row in catalog.products(kind="candidates")} >= set(said)
        catalog.start_job("still writes")
        if location.endswith(".sqlite"):
            with catalog.database.reading() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
