"""The names of imported runs."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

from tests.unit.catalog.raw_files import Look, add

from helioscope.catalog.imported_runs import Import
from helioscope.catalog.run_names import run_name
from helioscope.catalog.store import Catalog


def test_names_stay_in_their_folder_and_differ_where_places_do(tmp_path: Path) -> None:
    places = [
        "a/b.root",
        "a_b.root",
        "a b.root",
        "../x",
        "é.root",
        "..",
        "a/.b.fits.gz",
        "R1.5.aqs",
        "run.north.fits",
        "run.south.fits",
        "end.",
        "end..",
    ]
    names = [
        run_name(tmp_path / place, tmp_path) for place in places if place not in ("../x", "..")
    ]
    assert len(set(names)) == len(names)
    assert all(name[0].isalnum() and "/" not in name and name.isascii() for name in names)
    assert run_name(tmp_path / "R1.5.aqs", tmp_path) == "R1.5"
    assert run_name(tmp_path / "run.north.fits.gz", tmp_path) == "run.north"
    assert not any(name.endswith(".") for name in names)
    assert run_name(tmp_path, tmp_path) == os.path.basename(tmp_path)  # noqa: PTH119


def test_places_that_would_have_one_name_are_runs_of_their_own(
    catalog: Catalog, tmp_path: Path
) -> None:
    files = ["2004/r1.root", "2004/r1.fits", "2005/r1.root"]
    for number, place in enumerate(files):
        path = tmp_path / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"RAW1{number}")
    for year in ("2004", "2005"):
        add(catalog, Import(tmp_path / year, "ccd"), Look())
    runs = catalog.runs()
    assert sorted(str(f.path.relative_to(tmp_path)) for run in runs for f in run.files) == sorted(
        files
    )
    assert len(runs) == 3
    (tmp_path / "2004/r1.root").rename(tmp_path / "2004/r1.root.gz")
    add(catalog, Import(tmp_path / "2004", "ccd"), Look())
    assert len(catalog.runs()) == 4


def test_folders_of_the_same_name_in_two_trees_are_two_runs(
    catalog: Catalog, tmp_path: Path
) -> None:
    for year in ("2004", "2005"):
        (tmp_path / year / "night1").mkdir(parents=True)
        (tmp_path / year / "night1/a.root").write_text(f"RAW1{year}")
        add(catalog, Import(tmp_path / year, "ccd", by="folder"), Look())
    assert [len(run.files) for run in catalog.runs()] == [1, 1]


def test_a_file_of_the_same_name_is_no_other_run_while_its_disk_is_away(
    catalog: Catalog, tmp_path: Path
) -> None:
    for year in ("2005", "2006"):
        (tmp_path / year).mkdir()
        (tmp_path / year / "run001.fits").write_text(f"RAW1 {year}")
    add(catalog, Import(tmp_path / "2005", "ccd"), Look())
    catalog.mark_run("ccd", "run001", "bad", "shutter stuck")
    (tmp_path / "2005").rename(tmp_path / "away")
    add(catalog, Import(tmp_path / "2006", "ccd"), Look())
    bad = catalog.run("ccd", "run001")
    assert (bad.state, bad.files[0].path) == ("bad", tmp_path / "2005/run001.fits")
    assert len(catalog.runs()) == 2
    shutil.copytree(tmp_path / "away", tmp_path / "2007")  # the same content: it was moved
    add(catalog, Import(tmp_path / "2007", "ccd"), Look())
    moved = catalog.run("ccd", "run001")
    assert (moved.state, moved.files[0].path) == ("bad", tmp_path / "2007/run001.fits")


def test_a_folder_that_was_moved_is_one_run_at_its_new_place(catalog: Catalog, tree: Path) -> None:
    asked = Import(tree, "ccd", by="folder")
    add(catalog, asked, Look())
    shutil.copytree(tree / "2004", tree.parent / "other/2004")
    shutil.rmtree(tree / "2004")
    add(catalog, replace(asked, folder=tree.parent / "other"), Look())
    files = [file.path for file in catalog.run("ccd", "2004").files]
    assert files == [tree.parent / "other/2004" / name for name in ("a.root", "b.root")]
