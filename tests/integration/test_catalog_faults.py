"""What happens to a catalogue that is damaged, read-only, locked, or on a full disk."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from helioscope.catalog.rows import RunRow
from helioscope.catalog.store import open_catalog
from helioscope.errors import OutputError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalogue of 200 runs."""
    path = tmp_path / "catalog.sqlite"
    with open_catalog(path) as catalog:
        catalog.register_runs([RunRow(f"run-{i}", "ccd", "science", i, i + 1) for i in range(200)])
    return path


def test_a_file_that_is_no_database_is_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"not a database, but somebody's notes" * 200)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="restore it from a copy"):
        open_catalog(path)
    assert path.read_bytes() == before


def test_damaged_pages_are_refused_and_left(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(OutputError, match="restore it from a copy"), open_catalog(path) as catalog:
        catalog.runs()
    assert path.read_bytes() == bytes(content)


def test_a_truncated_file_is_refused_and_left(path: Path) -> None:
    content = path.read_bytes()[:-8192]
    path.write_bytes(content)
    with pytest.raises(OutputError, match="restore it from a copy"), open_catalog(path) as catalog:
        catalog.runs()
    assert path.read_bytes() == content


def test_an_emptied_catalogue_beside_products_is_refused_and_left(path: Path) -> None:
    path.write_bytes(b"")
    open_catalog(path).close()  # where nothing lies yet it is a new one
    path.write_bytes(b"")
    (path.parent / "calibrations").mkdir()
    with pytest.raises(OutputError, match="take the empty file away"):
        open_catalog(path)
    assert path.read_bytes() == b""


def run_script(script: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    head = """
import os, sys
from helioscope.catalog.store import open_catalog
from helioscope.catalog.rows import RunRow
from helioscope.errors import OutputError
"""
    command = [sys.executable, "-c", head + script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_read_only_catalogue_is_refused_for_writing() -> None:
    script = """
open_catalog(sys.argv[1]).close()
if os.getuid() == 0:
    os.setuid(65534)  # root may write everywhere
try:
    open_catalog(sys.argv[1]).start_job("run")
except OutputError as fault:
    print(fault)
    sys.exit(fault.exit_code)
"""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "catalog.sqlite"
        open_catalog(path).close()
        before = path.read_bytes()
        path.chmod(0o444)
        folder.chmod(0o555)
        done = run_script(script, path)
        folder.chmod(0o755)
        assert done.returncode == 5, done.stderr
        assert "permission" in done.stdout
        assert path.read_bytes() == before


def test_a_full_disk_leaves_the_catalogue_as_it_was(path: Path) -> None:
    script = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_catalog(sys.argv[1]) as catalog:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        catalog.register_runs(
            [RunRow(f"more-{i}", "ccd", "science", i, i + 1, reason="x" * 500) for i in range(5000)]
        )
    except OutputError as fault:
        print(fault)
        sys.exit(fault.exit_code)
"""
    done = run_script(script, path)
    assert done.returncode == 5, done.stderr
    assert "free" in done.stdout
    with open_catalog(path) as catalog:
        assert len(catalog.runs()) == 200
        with catalog.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_lock_that_another_program_keeps_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helioscope.catalog.connect.BUSY_S", 0.3)
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    with open_catalog(path) as catalog:
        assert len(catalog.runs()) == 200
        with pytest.raises(OutputError, match="locked"):
            catalog.start_job("run")
        other.rollback()
        assert catalog.start_job("run") == 1
    other.close()


def test_a_postgresql_role_that_may_only_read_is_refused(
    postgresql_url: str, tmp_path: Path
) -> None:
    open_catalog(postgresql_url, tmp_path).close()
    with open_catalog(
        f"{postgresql_url}?options=-c%20default_transaction_read_only%3Don", tmp_path
    ) as catalog:
        assert catalog.runs() == []
        with pytest.raises(OutputError, match="may write"):
            catalog.start_job("run")


def test_a_postgresql_role_without_rights_learns_what_it_needs(
    postgresql_url: str, tmp_path: Path
) -> None:
    with (
        open_catalog(postgresql_url, tmp_path) as catalog,
        catalog.database.writing() as connection,
    ):
        reader = f"reader_{tmp_path.name[-20:]}"
        connection.exec_driver_sql(f"CREATE ROLE {reader} LOGIN")
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}")
    as_reader = postgresql_url.replace("helioscope@", f"{reader}@")
    with open_catalog(as_reader, tmp_path) as catalog:
        assert catalog.runs() == []
        with pytest.raises(OutputError, match="a database role that may read and write") as fault:
            catalog.register_runs([RunRow("r", "ccd", "science", 0, 1)])
    assert "GRANT" in fault.value.remedy


def test_a_postgresql_catalogue_from_a_newer_version_is_refused(
    postgresql_url: str, tmp_path: Path
) -> None:
    with (
        open_catalog(postgresql_url, tmp_path) as catalog,
        catalog.database.writing() as connection,
    ):
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(OutputError, match="from a newer helioscope"):
        open_catalog(postgresql_url, tmp_path)
