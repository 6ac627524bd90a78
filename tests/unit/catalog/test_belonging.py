"""A catalogue and the folder of its products know each other, and no wrong pair is let through."""

import shutil
from pathlib import Path

import pytest

from helioscope.catalog.belonging import IDENTITY
from helioscope.catalog.lineage import Lineage
from helioscope.catalog.store import Catalog, open_catalog
from helioscope.errors import UsageError

LINEAGE = Lineage("events", 1, inputs=("a" * 64,))


@pytest.fixture
def known(catalog: Catalog) -> Path:
    """A product of the catalogue, below its folder."""
    path = catalog.root / "r/ccd/events.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"rows")
    catalog.register_product(
        LINEAGE, run="r", detector="ccd", path=path, digest="d" * 64, rows=3, schema_version=1
    )
    return path


def again(catalog: Catalog, root: Path) -> None:
    open_catalog(catalog.database.shown, root).close()


def first_version(catalog: Catalog) -> None:
    """Make it a catalogue without identity, in a folder without one."""
    with catalog.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE archive")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    (catalog.root / IDENTITY).unlink()


def test_another_folder_is_refused_and_left(catalog: Catalog, known: Path) -> None:
    other = catalog.root / "other"
    with pytest.raises(UsageError, match="none of the 1 products") as fault:
        again(catalog, other)
    assert "--out" in fault.value.remedy
    other.mkdir()
    with pytest.raises(UsageError, match="none of the 1 products"):
        again(catalog, other)
    assert list(other.iterdir()) == []


def test_the_folder_of_another_catalogue_is_refused_though_the_names_are_the_same(
    catalog: Catalog, known: Path
) -> None:
    other = catalog.root / "other"
    other.mkdir()
    open_catalog(other / "catalog.sqlite").close()
    shutil.copytree(catalog.root / "r", other / "r")
    with pytest.raises(UsageError, match="the folder of another catalogue"):
        again(catalog, other)


def test_a_catalogue_that_knows_no_products_yet_keeps_its_folder(catalog: Catalog) -> None:
    other = catalog.root / "other"
    other.mkdir()
    with pytest.raises(UsageError, match="none of the 0 products") as fault:
        again(catalog, other)
    _, _, command = fault.value.remedy.partition(": echo ")
    identity, _, path = command.partition(" > ")
    Path(path).write_text(identity)
    again(catalog, other)


def test_a_folder_moves_as_a_whole(catalog: Catalog, known: Path) -> None:
    copy = shutil.copytree(catalog.root, catalog.root.parent / f"{catalog.root.name}-moved")
    again(catalog, copy)


def test_an_archive_without_its_products_stays_one(catalog: Catalog, known: Path) -> None:
    shutil.rmtree(catalog.root / "r")
    again(catalog, catalog.root)


def test_a_lost_identity_comes_back_where_something_known_lies(
    catalog: Catalog, known: Path
) -> None:
    path = catalog.root / IDENTITY
    identity = path.read_text()
    path.unlink()
    again(catalog, catalog.root)
    assert path.read_text() == identity


def test_a_catalogue_of_the_first_version_gets_its_identity_in_its_folder(
    catalog: Catalog, known: Path
) -> None:
    first_version(catalog)
    other = catalog.root / "other"
    other.mkdir()
    with pytest.raises(UsageError, match="none of the 1 products"):
        again(catalog, other)
    again(catalog, catalog.root)
    known.unlink()
    again(catalog, catalog.root)  # now they know each other


def test_a_new_catalogue_in_the_place_of_a_lost_one_takes_the_identity(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    open_catalog(path).close()
    identity = (tmp_path / IDENTITY).read_text()
    path.unlink()
    open_catalog(path).close()
    open_catalog(path).close()
    assert (tmp_path / IDENTITY).read_text() == identity
