import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import helioscope.catalog.migrations
from helioscope.catalog.connect import file_system, open_sqlite
from helioscope.catalog.lineage import Lineage
from helioscope.catalog.migrations import HEAD
from helioscope.catalog.rows import Failure, ProductRow, RunRow
from helioscope.catalog.store import Catalog, open_catalog
from helioscope.catalog.tables import metadata
from helioscope.errors import InputError, OutputError, UsageError

LINEAGE = Lineage("candidates", 1, inputs=("a" * 64,))


def raw_file(catalog: Catalog, content: bytes = b"raw") -> Path:
    path = catalog.root / "raw.fits"
    path.write_bytes(content)
    return path


def run_of(catalog: Catalog, *paths: Path) -> RunRow:
    return RunRow("fe55-1", "ccd", "fe55", 0, 10, catalog.examined(paths), options={"hdu": 1})


def product(catalog: Catalog, lineage: Lineage = LINEAGE, name: str = "c.parquet") -> ProductRow:
    path = catalog.root / name
    path.write_bytes(b"rows")
    return catalog.register_product(
        lineage, run="r", detector="ccd", path=path, digest="d" * 64, rows=3, schema_version=1
    )


def test_a_run_comes_back_as_it_was_entered(catalog: Catalog) -> None:
    run = run_of(catalog, raw_file(catalog))
    catalog.register_run(run)
    catalog.register_run(run)
    assert catalog.runs() == [run]
    assert catalog.run("ccd", "fe55-1") == run


def test_a_wrong_run_name_brings_the_nearest(catalog: Catalog) -> None:
    catalog.register_run(run_of(catalog))
    with pytest.raises(UsageError, match="fe55-1"):
        catalog.run("ccd", "fe55")


@pytest.mark.parametrize(
    "name", ["../x", "/etc", "a\0b", "a" * 300, "", "fe55\u20111", "\u0440un", ".hidden", "a/b"]
)
def test_a_name_that_is_no_safe_folder_is_refused(catalog: Catalog, name: str) -> None:
    with pytest.raises(UsageError) as fault:
        catalog.register_run(replace(run_of(catalog), name=name))
    assert str(fault.value).isprintable() or "\n" in str(fault.value)
    assert "\0" not in str(fault.value)
    assert catalog.runs() == []


def test_a_changed_file_is_refused_until_it_is_accepted(catalog: Catalog) -> None:
    path = raw_file(catalog)
    catalog.register_run(run_of(catalog, path))
    (file,) = run_of(catalog, path).files
    changed = replace(run_of(catalog, path), files=(replace(file, sha256="e" * 64),))
    with pytest.raises(InputError, match="as the catalogue knows it"):
        catalog.register_run(changed)
    catalog.register_run(changed, replace=True)
    assert catalog.run("ccd", "fe55-1").files == changed.files


def test_a_digest_is_computed_once_for_a_size_and_time(catalog: Catalog) -> None:
    path = raw_file(catalog)
    catalog.register_run(run_of(catalog, path))
    status = path.stat()
    known = catalog.known_files([path])[path]
    marked = replace(known, sha256="f" * 64)
    with catalog.database.writing() as connection:
        connection.execute(sa.text("UPDATE files SET sha256 = :digest"), {"digest": "f" * 64})
    assert catalog.examined([path]) == (marked,)
    content = path.read_bytes()
    path.write_bytes(b"other")
    assert path.stat().st_mtime_ns != status.st_mtime_ns
    with pytest.raises(InputError, match=f"expected: {'f' * 64}, as the catalogue knows it"):
        catalog.examined([path])
    with catalog.database.writing() as connection:
        connection.execute(sa.text("UPDATE files SET sha256 = :digest"), {"digest": known.sha256})
    path.write_bytes(content)
    os.utime(path, ns=(1, status.st_mtime_ns + 1))
    assert catalog.examined([path]) == (replace(known, mtime_ns=status.st_mtime_ns + 1),)


def test_what_is_known_of_a_run_outlives_its_next_registration(catalog: Catalog) -> None:
    run = run_of(catalog, raw_file(catalog))
    catalog.register_run(run)
    catalog.mark_run("ccd", "fe55-1", "suspect", "shorter than the run record says")
    catalog.mark_file(run.files[0].path, "bad", "truncated")
    catalog.register_run(run)
    found = catalog.run("ccd", "fe55-1")
    assert (found.state, found.reason) == ("suspect", "shorter than the run record says")
    assert (found.files[0].state, found.files[0].reason) == ("bad", "truncated")


@pytest.mark.parametrize(
    ("change", "writes"),
    [
        ({}, False),
        ({"kind": "science"}, True),
        ({"stop_ns": 11}, True),
        ({"options": {"hdu": 2}}, True),
        ({"files": ()}, True),
        ({"state": "suspect", "reason": "short"}, True),
    ],
)
def test_a_run_is_written_again_only_where_it_says_something_new(
    catalog: Catalog, change: dict[str, object], writes: bool
) -> None:
    run = run_of(catalog, raw_file(catalog))
    catalog.register_run(run)
    new = replace(run, **change)  # type: ignore[arg-type]
    statements: list[str] = []
    engine = catalog.database.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    catalog.register_run(new)
    assert any(text.startswith(("UPDATE", "INSERT")) for text in statements) == writes
    assert catalog.run("ccd", "fe55-1") == new


def test_a_bad_run_does_not_become_suspect_by_its_next_registration(catalog: Catalog) -> None:
    run = run_of(catalog)
    catalog.register_run(run)
    catalog.mark_run("ccd", "fe55-1", "bad", "the shutter was closed")
    catalog.register_run(replace(run, state="suspect", reason="3 events came twice"))
    found = catalog.run("ccd", "fe55-1")
    assert (found.state, found.reason) == ("bad", "the shutter was closed")
    catalog.mark_run("ccd", "fe55-1", "suspect", "perhaps")
    catalog.register_run(replace(run, state="bad", reason="truncated"))
    assert catalog.run("ccd", "fe55-1").reason == "truncated"


def test_a_run_book_that_is_silent_does_not_undo_a_known_time(catalog: Catalog) -> None:
    run = run_of(catalog)
    catalog.register_run(run)
    catalog.register_run(replace(run, start_ns=None, stop_ns=None))
    assert catalog.run("ccd", "fe55-1") == run
    catalog.register_run(replace(run, start_ns=2))
    assert catalog.run("ccd", "fe55-1").start_ns == 2


def test_a_product_is_found_by_its_lineage_and_by_its_run(catalog: Catalog) -> None:
    row = product(catalog)
    assert catalog.products_with([LINEAGE.digest, "0" * 64]) == [row]
    assert catalog.products_of([("ccd", "r"), ("tpc", "r")]) == [row]
    assert catalog.products_of([("tpc", "r"), ("ccd", "")]) == []
    assert catalog.lineage(row.lineage[:12]) == LINEAGE
    assert catalog.lineages([row.lineage, "0" * 64]) == {row.lineage: LINEAGE}


def test_products_of_more_runs_than_a_query_may_name_are_found(catalog: Catalog) -> None:
    lineages = [replace(LINEAGE, data_model=2 + number) for number in range(3)]
    rows = [product(catalog, of, f"{of.data_model}.parquet") for of in lineages]
    absent = [str(number) for number in range(1200)]
    digests = [of.digest for of in lineages]
    assert catalog.products_with([*absent, *digests]) == rows
    assert catalog.products_of([*(("ccd", name) for name in absent), ("ccd", "r")]) == rows
    assert catalog.lineages([*absent, *digests]) == dict(zip(digests, lineages, strict=True))


def test_a_product_entered_twice_is_one_row(catalog: Catalog) -> None:
    assert product(catalog) == product(catalog)
    assert len(catalog.products()) == 1


def test_a_path_holds_one_product(catalog: Catalog) -> None:
    product(catalog)
    newer = replace(LINEAGE, data_model=2)
    row = product(catalog, newer)
    assert catalog.products() == [row]
    assert catalog.products_with([LINEAGE.digest]) == []


def test_a_job_keeps_what_failed(catalog: Catalog) -> None:
    number = catalog.start_job("run job.toml")
    assert catalog.jobs()[0].state == "running"
    failure = Failure("r", "ccd", {"error": "InputError", "found": "truncated"})
    catalog.add_failure(number, failure)
    assert [(job.state, job.failures) for job in catalog.jobs()] == [("running", (failure,))]
    catalog.finish_job(number, "done with skips")
    (job,) = catalog.jobs()
    assert (job.state, job.failures) == ("done with skips", (failure,))
    assert job.finished_ns is not None
    assert job.finished_ns >= job.started_ns


def test_the_folder_can_move_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    with open_catalog(tmp_path / "here/catalog.sqlite") as catalog:
        product(catalog)
    (tmp_path / "here").rename(tmp_path / "there")
    with open_catalog(tmp_path / "there/catalog.sqlite") as catalog:
        (found,) = catalog.products_with([LINEAGE.digest])
    assert found.path == tmp_path / "there/c.parquet"


def test_the_steps_of_alembic_give_the_tables_of_the_code(catalog: Catalog) -> None:
    with catalog.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    config = Config()
    config.set_main_option("script_location", helioscope.catalog.migrations.__path__[0])
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_catalogue_from_a_newer_version_is_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    open_catalog(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(OutputError, match="from a newer helioscope"):
        open_catalog(path)
    assert path.read_bytes() == before


def test_a_catalogue_of_a_version_that_never_was_is_refused(catalog: Catalog) -> None:
    with catalog.database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(OutputError, match="version '0000', which there never was"):
        catalog.database.prepare()


def test_a_catalogue_of_the_first_version_is_brought_up_to_date(catalog: Catalog) -> None:
    row = product(catalog)
    with catalog.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE archive")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    catalog.database.prepare()
    with catalog.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert catalog.products() == [row]


def test_a_foreign_database_is_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    connection.close()
    with pytest.raises(OutputError, match="no catalogue, with tables photos"):
        open_catalog(path)
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("photos",)]


def test_a_link_is_no_catalogue(tmp_path: Path) -> None:
    (tmp_path / "link.sqlite").symlink_to(tmp_path / "elsewhere.sqlite")
    with pytest.raises(OutputError, match="symbolic link"):
        open_catalog(tmp_path / "link.sqlite")
    assert not (tmp_path / "elsewhere.sqlite").exists()


@pytest.mark.parametrize(
    "url",
    ["mysql://host/db", "://", "postgresql://u:p@h:port/db", "postgresql://u:p@w@h/db"],
)
def test_a_url_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="postgresql://user@host/database"):
        open_catalog(url)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(OutputError, match="a server that answers") as fault:
        open_catalog("postgresql://me:secret@127.0.0.1:1/db")
    assert "secret" not in str(fault.value)


def test_a_network_file_system_is_refused(tmp_path: Path) -> None:
    mounts = f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n"
    with pytest.raises(OutputError, match="nfs4") as fault:
        open_sqlite(tmp_path / "catalog.sqlite", mounts)
    assert "PostgreSQL" in fault.value.remedy
    assert not (tmp_path / "catalog.sqlite").exists()
    assert file_system(Path("/"), mounts) == "ext4"
