"""Raw files with the content of others: their runs are suspect as they are imported."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from helioscope.catalog.archive import Added, add_folder
from helioscope.catalog.database import Database
from helioscope.catalog.imported_runs import Examined, Import
from helioscope.catalog.rows import FileRow
from helioscope.catalog.store import Catalog
from helioscope.cli.main import main
from helioscope.files import sha256_of, snapshot
from helioscope_ccd.native import FrameWriter


def look(paths: Iterable[Path]) -> Iterator[Examined]:
    for path in paths:
        seen = snapshot(path)
        yield Examined(path, FileRow(path, seen.size, seen.mtime_ns, sha256_of(path)))


def add(catalog: Catalog, *asked: Import) -> Added:
    done = [add_folder(catalog, one, look, lambda _: None) for one in asked]
    return done[-1]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two files of one content, and one of another."""
    top = tmp_path / "tree"
    for place, content in {"2004/a": "one", "2005/b": "one", "2005/c": "two"}.items():
        (top / place).parent.mkdir(parents=True, exist_ok=True)
        (top / place).write_text(content)
    return top


@pytest.mark.parametrize("step", [1, 500])
def test_the_later_of_two_is_suspect_and_names_the_first(
    catalog: Catalog, tree: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr("helioscope.catalog.archive.STEP", step)
    done = add(catalog, Import(tree, "ccd"))
    (suspect,) = (run for run in catalog.runs() if run.state != "ok")
    (first,) = (run.name for run in catalog.runs() if run.files[0].path == tree / "2004/a")
    words = f"the same content as {tree / '2004/a'} of run {first}"
    assert (suspect.state, suspect.reason) == ("suspect", f"b: {words}")
    assert done.copies == [(tree / "2005/b", words)]
    assert add(catalog, Import(tree, "ccd")).copies == []


def test_one_of_an_earlier_import_is_found(catalog: Catalog, tree: Path) -> None:
    done = add(catalog, Import(tree / "2005", "ccd"), Import(tree / "2004", "ccd"))
    assert [path.name for path, _ in done.copies] == ["a"]
    assert {run.name: run.state for run in catalog.runs()} == {
        "a": "suspect", "b": "ok", "c": "ok",
    }  # fmt: skip


def test_a_file_that_was_moved_is_no_duplicate(catalog: Catalog, tree: Path) -> None:
    (tree / "2005/b").unlink()
    add(catalog, Import(tree, "ccd"))
    (tree / "2004/a").rename(tree / "2005/z")
    assert add(catalog, Import(tree, "ccd")).copies == []
    assert {run.state for run in catalog.runs()} == {"ok"}


def test_one_that_became_another_is_none_and_one_that_was_touched_is(
    catalog: Catalog, tree: Path
) -> None:
    add(catalog, Import(tree / "2004", "ccd"))
    (tree / "2004/a").write_text("six")
    assert add(catalog, Import(tree / "2005", "ccd")).copies == []
    os.utime(tree / "2005/c", ns=(1, 1))
    shutil.copy(tree / "2005/c", tree / "2004/d")
    (tree / "2004/a").unlink()
    assert len(add(catalog, Import(tree / "2004", "ccd")).copies) == 1


@pytest.mark.parametrize("step", [1, 500])
def test_files_that_change_places_are_no_duplicates(
    catalog: Catalog, tree: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr("helioscope.catalog.archive.STEP", step)
    (tree / "2005/b").unlink()
    add(catalog, Import(tree, "ccd"))
    (tree / "2004/a").write_text("two")
    (tree / "2005/c").write_text("one")
    assert add(catalog, Import(tree, "ccd", replace=True)).copies == []
    assert {run.state for run in catalog.runs()} == {"ok"}


def test_what_people_said_holds_when_a_file_is_read_again(catalog: Catalog, tree: Path) -> None:
    add(catalog, Import(tree, "ccd"))
    for run in catalog.runs():
        catalog.mark_run("ccd", run.name, "ok", "looked at")
    for path in (tree / "2004/a", tree / "2005/b"):
        os.utime(path, ns=(1, 1))
    assert add(catalog, Import(tree, "ccd")).copies == []
    assert {run.state for run in catalog.runs()} == {"ok"}


def test_a_folder_keeps_its_reason_when_a_copy_is_added(catalog: Catalog, tree: Path) -> None:
    asked = Import(tree, "ccd", by="folder")
    (tree / "2005/b").unlink()
    add(catalog, asked)
    catalog.mark_run("ccd", "2005", "suspect", "clouds")
    shutil.copy(tree / "2005/c", tree / "2005/d")
    add(catalog, asked)
    run = catalog.run("ccd", "2005")
    expected = f"clouds; d: the same content as {tree / '2005/c'} of run 2005"
    assert (run.state, run.reason) == ("suspect", expected)


def test_the_same_file_by_another_path_is_not_entered_again(catalog: Catalog, tree: Path) -> None:
    (tree / "2005/b").unlink()
    add(catalog, Import(tree, "ccd"))
    (tree.parent / "way").symlink_to(tree)
    (tree / "2006").mkdir()
    os.link(tree / "2005/c", tree / "2006/c")
    runs = catalog.runs()
    names = {run.files[0].path: run.name for run in runs}
    done = add(catalog, Import(tree, "ccd"), Import(tree.parent / "way", "ccd"))
    assert (done.added, done.runs, done.copies) == (0, 0, [])
    first, second = (f"the same file as {path} of run {name}" for path, name in names.items())
    assert {str(path.relative_to(tree.parent)): reason for path, reason in done.left_out} == {
        "way/2004/a": first, "way/2005/c": second, "way/2006/c": second,
    }  # fmt: skip
    assert catalog.runs() == runs


def test_a_touched_copy_is_read_before_others_have_to_wait(
    catalog: Catalog, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(catalog, Import(tree / "2004", "ccd"))
    os.utime(tree / "2004/a", ns=(1, 1))
    steps: list[str] = []
    writing = Database.writing

    @contextmanager
    def noted(database: Database) -> Iterator[sa.Connection]:
        steps.append("others wait")
        with writing(database) as connection:
            yield connection

    def read(path: Path) -> str:
        steps.append(f"{path.name} read")
        return sha256_of(path)

    monkeypatch.setattr(Database, "writing", noted)
    monkeypatch.setattr("helioscope.catalog.duplicates.sha256_of", read)
    assert len(add(catalog, Import(tree / "2005", "ccd")).copies) == 1
    assert steps == ["a read", "others wait"]


def test_empty_files_and_those_of_other_detectors_are_none(catalog: Catalog, tree: Path) -> None:
    for path in (tree / "2004/a", tree / "2005/c"):
        path.write_text("")
    assert add(catalog, Import(tree, "ccd")).copies == []
    (tree / "2004/a").unlink()
    shutil.copy(tree / "2005/b", tree / "2004/e")
    assert add(catalog, Import(tree / "2004", "tpc")).copies == []


def test_two_indexed_queries_ask_for_many_files(catalog: Catalog, tree: Path) -> None:
    asked: list[str] = []
    for number in range(20):
        (tree / f"2005/{number}").write_text(str(number))
    engine = catalog.database.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    add(catalog, Import(tree, "ccd"))
    assert sum("sha256 IN" in statement for statement in asked) == 2  # before and while writing


def test_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "raw").mkdir()
    with FrameWriter(tmp_path / "raw/a.fits", 1, 16, 16) as writer:
        writer.write(np.array([10**18]), np.full((1, 16, 16), 500, np.int16))
    shutil.copy(tmp_path / "raw/a.fits", tmp_path / "raw/b.fits")
    (tmp_path / "ccd.toml").write_text("[settings]\nrows = 16\ncolumns = 16\n")
    call = ["catalog", "add", str(tmp_path / "raw"), "--detector", "ccd", "--settings",
            str(tmp_path / "ccd.toml")]  # fmt: skip

    def called(*more: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as end:
            main([*call, *more])
        return end.value.code, *capsys.readouterr()

    code, out, _ = called("--out", str(tmp_path / "one"), "--json")
    found = json.loads(out)
    reason = f"the same content as {tmp_path / 'raw/a.fits'} of run a"
    assert (code, found["files_suspect"], found["runs"]) == (3, 1, 2)
    assert found["suspect"] == [{"path": str(tmp_path / "raw/b.fits"), "reason": reason}]
    code, _, err = called("--out", str(tmp_path / "two"))
    assert code == 3
    assert reason in err.replace("\n", " ")
    assert "catalog mark" in err
