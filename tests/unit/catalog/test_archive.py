"""Importing directory trees of raw files."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from helioscope.catalog.archive import Examined, Import, add_folder, run_name
from helioscope.catalog.rows import FileRow
from helioscope.catalog.store import Catalog
from helioscope.errors import InputError
from helioscope.files import sha256_of, snapshot


class Look:
    """Looks at files: those that begin with RAW are raw; remembers which it read."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.read: list[str] = []
        self.stop_after = stop_after

    def __call__(self, paths: Iterable[Path]) -> Iterator[Examined]:
        for path in paths:
            if self.stop_after is not None and len(self.read) >= self.stop_after:
                raise KeyboardInterrupt
            self.read.append(path.name)
            content = path.read_bytes()
            if not content.startswith(b"RAW"):
                yield Examined(path, None)
                continue
            state = ("bad", "torn") if content.endswith(b"torn") else ("ok", "")
            seen = snapshot(path)
            row = FileRow(path, seen.size, seen.mtime_ns, sha256_of(path), *state)  # type: ignore[arg-type]
            yield Examined(path, row, int(content[3:5]))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    for place, content in {
        "2004/a.root": "RAW11", "2004/b.root": "RAW12", "2005/a.root": "RAW21 torn",
        "2005/notes.txt": "hello", "2005/.hidden": "RAW99", "c d.root": "RAW31",
    }.items():  # fmt: skip
        path = top / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (top / "link.root").symlink_to(top / "2004/a.root")
    return top


def add(catalog: Catalog, asked: Import, look: Look) -> tuple[int, int, int, int]:
    done = add_folder(catalog, asked, look, lambda _: None)
    return done.added, done.known, done.not_raw, len(done.bad)


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
    assert add(catalog, Import(tree, "ccd", "science", replace=True), Look())[0] == 1


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
    ]
    names = [run_name(tmp_path / place, tmp_path) for place in places if ".." not in place]
    assert len(set(names)) == len(names)
    assert all(name[0].isalnum() and "/" not in name and name.isascii() for name in names)
    assert run_name(tmp_path / "R1.5.aqs", tmp_path) == "R1.5"
    assert run_name(tmp_path, tmp_path) == os.path.basename(tmp_path)  # noqa: PTH119
