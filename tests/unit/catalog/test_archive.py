"""Importing directory trees of raw files."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.catalog.raw_files import Look, add

from helioscope.catalog.archive import add_folder
from helioscope.catalog.imported_runs import Examined, Import
from helioscope.catalog.rows import RunRow
from helioscope.catalog.store import Catalog
from helioscope.errors import InputError, UsageError
from helioscope.files import sha256_of


def test_raw_files_become_runs_and_others_are_left_out(catalog: Catalog, tree: Path) -> None:
    assert add(catalog, Import(tree, "ccd", "science"), Look()) == (4, 0, 1, 1)
    runs = {run.name: run for run in catalog.runs()}
    assert len(runs) == 4
    bad = [run for run in runs.values() if run.state == "bad"]
    assert [(run.reason, run.start_ns) for run in bad] == [("a.root: torn", 21)]
    assert {run.start_ns for run in runs.values()} == {11, 12, 21, 31}


def test_a_second_call_reads_nothing_that_it_knows(catalog: Catalog, tree: Path) -> None:
    add(catalog, Import(tree, "ccd", "science"), Look())
    look = Look()
    assert add(catalog, Import(tree, "ccd", "science"), look) == (0, 4, 1, 0)
    assert look.read == ["notes.txt"]


def test_an_interrupted_import_goes_on(
    catalog: Catalog, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helioscope.catalog.archive.STEP", 1)
    with pytest.raises(KeyboardInterrupt):
        add(catalog, Import(tree, "ccd", "science"), Look(stop_after=2))
    entered = len(catalog.runs())
    assert 0 < entered < 4
    look = Look()
    add(catalog, Import(tree, "ccd", "science"), look)
    assert len(catalog.runs()) == 4
    assert len(look.read) == 5 - entered


def test_a_folder_is_one_run_that_grows(catalog: Catalog, tree: Path) -> None:
    asked = Import(tree, "ccd", "science", by="folder")
    add(catalog, asked, Look())
    assert sorted(len(run.files) for run in catalog.runs()) == [1, 1, 2]
    (tree / "2004/0.root").write_text("RAW10")
    look = Look()
    add(catalog, asked, look)
    grown = catalog.run("ccd", "2004")
    assert [file.path.name for file in grown.files] == ["0.root", "a.root", "b.root"]
    assert grown.start_ns == 10
    assert "a.root" not in look.read


def test_a_changed_file_is_refused_until_it_is_accepted(catalog: Catalog, tree: Path) -> None:
    add(catalog, Import(tree, "ccd", "science"), Look())
    (tree / "2004/a.root").write_text("RAW15 other")
    with pytest.raises(InputError, match="as the catalogue knows it"):
        add(catalog, Import(tree, "ccd", "science"), Look())
    look = Look()
    add(catalog, Import(tree, "ccd", "science", replace=True), look)
    assert sorted(look.read) == ["a.root", "a.root", "notes.txt"]  # the torn one once more


@pytest.mark.parametrize("kind", ["x" * 300, "a/b", ""])
def test_a_kind_is_a_safe_name(catalog: Catalog, tree: Path, kind: str) -> None:
    with pytest.raises(UsageError, match="kind"):
        add(catalog, Import(tree, "ccd", kind), Look())


def test_a_known_file_stays_in_its_run_when_its_content_is_accepted(
    catalog: Catalog, tree: Path
) -> None:
    rows = [one.file for one in Look()([tree / "2004/b.root", tree / "2004/a.root"])]
    of_job = RunRow("may", "ccd", "fe55", 5, 9, tuple(r for r in rows if r), options={"hdu": 1})
    catalog.register_run(of_job)
    (tree / "2004/a.root").write_text("RAW15 other")
    add(catalog, Import(tree / "2004", "ccd", replace=True), Look())
    (run,) = catalog.runs()
    assert [file.path.name for file in run.files] == ["b.root", "a.root"]
    assert run.files[1].sha256 == sha256_of(tree / "2004/a.root")
    assert replace(run, files=()) == replace(of_job, files=())


def test_a_run_recovers_with_its_file_and_keeps_what_people_said(
    catalog: Catalog, tree: Path
) -> None:
    add(catalog, Import(tree, "ccd"), Look())
    (bad,) = (run.name for run in catalog.runs() if run.state == "bad")
    (tree / "2005/a.root").write_text("RAW21 whole")
    add(catalog, Import(tree, "ccd", replace=True), Look())
    assert {run.state for run in catalog.runs()} == {"ok"}
    catalog.mark_run("ccd", bad, "bad", "the shutter was closed")
    (tree / "2005/a.root").write_text("RAW21 whole again")
    add(catalog, Import(tree, "ccd", replace=True), Look())
    assert catalog.run("ccd", bad).reason == "the shutter was closed"


def test_files_of_another_detector_or_kind_are_counted_and_left(
    catalog: Catalog, tree: Path
) -> None:
    add(catalog, Import(tree, "ccd"), Look())
    done = add_folder(catalog, Import(tree, "tpc"), Look(), lambda _: None)
    assert (done.of_another_detector, done.known, len(done.bad)) == (3, 0, 1)
    done = add_folder(catalog, Import(tree, "ccd", "dark"), Look(), lambda _: None)
    assert (done.of_another_kind, done.known) == (4, 0)
    add(catalog, Import(tree, "ccd", "dark", replace=True), Look())
    assert {run.kind for run in catalog.runs(detector="ccd")} == {"dark"}
    assert len(catalog.runs(detector="ccd")) == 4


def test_a_file_that_was_bad_for_another_detector_is_good_for_its_own(
    catalog: Catalog, tree: Path
) -> None:
    def blind(paths: Iterable[Path]) -> Iterator[Examined]:
        for one in Look()(paths):
            file = one.file and replace(one.file, state="bad", reason="no frames")
            yield replace(one, file=file)

    add_folder(catalog, Import(tree / "2004", "ccd"), blind, lambda _: None)
    add(catalog, Import(tree / "2004", "tpc"), Look())
    for run in catalog.runs():
        assert run.state == ("bad" if run.detector == "ccd" else "ok")
        assert {file.state for file in run.files} == {"ok"}


def test_what_cannot_be_looked_at_is_said(catalog: Catalog, tree: Path) -> None:
    (tree / "gone.root").symlink_to("nowhere")
    (tree / "far").symlink_to("/")
    os.mkdir(os.fsencode(tree) + b"/\xff")  # noqa: PTH102
    (tree / os.fsdecode(b"\xff") / "a.root").write_text("RAW50")
    (tree / os.fsdecode(b"b\xfe.root")).write_text("RAW51")
    done = add_folder(catalog, Import(tree, "ccd"), Look(), lambda _: None)
    assert {(path.name, reason) for path, reason in done.left_out} == {
        ("gone.root", "a symbolic link to nowhere"), ("far", "a symbolic link to /"),
        (os.fsdecode(b"\xff"), "a name that is not UTF-8"),
        (os.fsdecode(b"b\xfe.root"), "a name that is not UTF-8"),
    }  # fmt: skip
    assert len(catalog.runs()) == 4
