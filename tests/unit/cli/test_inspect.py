"""``helioscope inspect``: products, run folders, catalogues, truth and raw files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import awkward as ak
import pytest
from tests.integration.counter_runs import write_events, write_job

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def reconstructed(helioscope: Cli, tmp_path: Path) -> Path:
    write_events(tmp_path / "a.root")
    assert helioscope("run", write_job(tmp_path, "a.root"), "--out", tmp_path / "out")[0] == 0
    return tmp_path


def test_inspect_says_what_products_run_folders_and_raw_files_are(
    helioscope: Cli, reconstructed: Path
) -> None:
    folder = reconstructed / "out/r1/counter"
    code, out, _ = helioscope("inspect", folder / "candidates.parquet", "--json")
    found = json.loads(out)
    energy = next(row for row in found["columns"] if row["column"] == "energy_kev")
    assert (code, found["rows"]) == (0, 30)
    assert energy["min"] == pytest.approx(6.0)
    assert found["lineage"]
    code, out, _ = helioscope("inspect", folder, "--json")
    assert (code, json.loads(out)["counts"]["events"]) == (0, 30)
    code, out, _ = helioscope("inspect", reconstructed / "a.root", "--json")
    assert code == 0
    assert "format root" in json.loads(out)["is"]
    for path in (folder, folder / "candidates.parquet", reconstructed / "a.root"):
        assert helioscope("inspect", path)[0] == 0


def test_inspect_counts_what_a_catalogue_knows_and_leaves_it(
    helioscope: Cli, reconstructed: Path
) -> None:
    catalog = reconstructed / "out/catalog.sqlite"
    before = catalog.read_bytes(), sorted(catalog.parent.iterdir())
    code, out, _ = helioscope("inspect", catalog, "--json")
    found = json.loads(out)
    assert (code, found["is"]) == (0, "a catalogue")
    assert found["runs"] == [{"detector": "counter", "kind": "science", "state": "ok", "number": 1}]
    kinds = [row["kind"] for row in found["products"]]
    assert kinds == ["candidates", "events", "live_time", "observables"]
    assert (catalog.read_bytes(), sorted(catalog.parent.iterdir())) == before
    code, out, _ = helioscope("inspect", catalog.parent, "--json")
    assert (code, json.loads(out)["runs"]) == (0, found["runs"])
    out = helioscope("inspect", catalog)[1]
    assert "counter" in out
    assert "\n\njobs\n" in out


def test_inspect_names_the_detectors_in_the_folder_of_a_run(
    helioscope: Cli, reconstructed: Path
) -> None:
    code, _, err = helioscope("inspect", reconstructed / "out/r1")
    assert code == 4
    assert "name one of those in it: counter" in err


def test_inspect_refuses_a_database_of_something_else_and_leaves_it(
    helioscope: Cli, tmp_path: Path
) -> None:
    path = tmp_path / "library.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE books (title TEXT)")
    before = path.read_bytes()
    code, _, err = helioscope("inspect", path)
    assert code == 4
    assert "a database with books" in err
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_inspect_shows_a_simulation_s_truth_and_any_parquet(
    helioscope: Cli, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[simulator]\nframes = 20\n")
    made = helioscope("simulate", "ccd", "--out", tmp_path / "s", "--settings", settings, "--json")
    code, out, _ = helioscope("inspect", json.loads(made[1])["truth"], "--json")
    found = json.loads(out)
    energy = next(row for row in found["columns"] if row["column"] == "energy_kev")
    assert code == 0
    assert "the truth that simulator 'ccd' writes" in found["is"]
    assert energy["unit"] == "keV"
    ak.to_parquet(ak.zip({"a": [1, 2], "b": ["x", "y"]}), tmp_path / "other.parquet")
    code, out, _ = helioscope("inspect", tmp_path / "other.parquet", "--json")
    found = json.loads(out)
    assert (code, found["rows"]) == (0, 2)
    assert [row["column"] for row in found["columns"]] == ["a", "b"]


@pytest.mark.parametrize(
    "content",
    [b"", b"just text", b"root:x:0:0:root:/root:/bin/bash\n", b"PAR1 and then nothing"],
)
def test_inspect_refuses_a_foreign_file(helioscope: Cli, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "foreign").write_bytes(content)
    code, out, err = helioscope("inspect", tmp_path / "foreign")
    assert (code, out) == (4, "")
    assert str(tmp_path / "foreign") in err


def test_inspect_refuses_what_is_no_run_folder_or_missing(helioscope: Cli, tmp_path: Path) -> None:
    assert helioscope("inspect", tmp_path)[0] == 4
    code, _, err = helioscope("inspect", tmp_path / "none")
    assert code == 2
    assert "no such file" in err
