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


#: Imports a tree whose files have the names of every other writer's, in small steps, and takes
#: its time between the choice of the names and the writing.
IMPORTER = textwrap.dedent("""
    import sys
    import time
    from pathlib import Path
    from helioscope.catalog import archive
    from helioscope.catalog.imported_runs import Examined, Import
    from helioscope.catalog.rows import FileRow
    from helioscope.catalog.store import open_catalog
    from helioscope.files import sha256_of, snapshot

    location, root, number, files = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])

    def examined(paths):
        for path in paths:
            seen = snapshot(path)
            yield Examined(path, FileRow(path, seen.size, seen.mtime_ns, sha256_of(path)))

    tree = root / number
    tree.mkdir()
    for index in range(files):
        (tree / f"run{index:03d}.fits").write_text(f"{number} {index}")
    imported_runs = archive.imported_runs

    def slowly(*asked):
        runs = imported_runs(*asked)
        time.sleep(0.05)
        return runs

    archive.imported_runs, archive.STEP = slowly, 5
    with open_catalog(location, root) as catalog:
        input()
        done = archive.add_folder(catalog, Import(tree, "ccd"), examined, lambda _: None)
    assert (done.added, done.runs) == (files, files), done
""")


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "catalog.sqlite")
    url: str = request.getfixturevalue("postgresql_url")
    return url


def start(location: str, root: Path, number: int, program: str = WRITER) -> "subprocess.Popen[str]":
    arguments = [location, str(root), str(number), str(ROUNDS)]
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def write_at_once(writers: "list[subprocess.Popen[str]]") -> None:
    time.sleep(1.5)  # all stand at the line
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert (writer.returncode, errors) == (0, "")


def test_four_writers_lose_nothing(location: str, tmp_path: Path) -> None:
    write_at_once([start(location, tmp_path, number) for number in range(WRITERS)])
    with open_catalog(location, tmp_path) as catalog:
        expected = {f"run-{number}-{index}" for number in range(WRITERS) for index in range(ROUNDS)}
        assert set(catalog.run_names()) == expected
        assert {row.run for row in catalog.products(kind="candidates")} == expected
        assert len(catalog.products(kind="observables")) == ROUNDS
        versions = [row.version for row in catalog.calibration_versions()]
        assert versions == list(range(1, WRITERS * ROUNDS + 1))
        assert all(row.path.is_dir() for row in catalog.calibration_versions())


def test_four_imports_of_files_of_the_same_names_lose_no_run(location: str, tmp_path: Path) -> None:
    numbers = range(WRITERS)
    write_at_once([start(location, tmp_path, number, IMPORTER) for number in numbers])
    with open_catalog(location, tmp_path) as catalog:
        paths = {file.path for run in catalog.runs() for file in run.files}
        assert len(catalog.runs()) == len(paths) == WRITERS * ROUNDS


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
