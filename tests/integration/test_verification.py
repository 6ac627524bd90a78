"""verify tells everything that is wrong, in whatever state, and --clean takes what is its own."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.counter_runs import write_events, write_job

from helioscope.catalog import tables
from helioscope.catalog.store import open_catalog

Call = Callable[..., tuple[int, str, str]]
Told = Callable[..., tuple[int, list[tuple[str, str, str]]]]


@pytest.fixture
def verified(call: Call, out: Path) -> Told:
    """Verify the copy; give the exit code, and verdict, place and detail of each finding."""

    def told(*more: str) -> tuple[int, list[tuple[str, str, str]]]:
        code, printed, errors = call("verify", "--no-inputs", "--json", *more)
        assert printed, errors
        return code, [
            (
                f["verdict"] + (", cleaned" if f["cleaned"] else ""),
                str(Path(f["path"]).relative_to(out)),
                f["detail"],
            )
            for f in json.loads(printed)["findings"]
        ]

    return told


def a_job_begins(out: Path, host: str = "") -> int:
    """Enter a job of this process, or of a machine of another name."""
    with open_catalog(out / "catalog.sqlite") as catalog:
        number = catalog.start_job("reprocess", "v2")
        if host:
            jobs = tables.jobs
            with catalog.database.writing() as connection:
                connection.execute(jobs.update().where(jobs.c.id == number).values(host=host))
    return number


@pytest.mark.parametrize("key", ["sha256", "lineage"])
@pytest.mark.parametrize("kind", ["events", "observables", "candidates", "live_time"])
def test_the_record_is_compared_with_each_product(
    verified: Told, out: Path, kind: str, key: str
) -> None:
    path = out / "ccd-science-000/ccd/record.json"
    record = json.loads(path.read_text())
    record["products"][kind][key] = "0" * 64
    path.write_text(json.dumps(record))
    code, findings = verified()
    assert (code, len(findings)) == (4, 1)
    assert findings[0][:2] == ("changed", "ccd-science-000/ccd/record.json")
    assert kind in findings[0][2]


@pytest.mark.parametrize(
    "gone", [("events",), ("events", "observables", "candidates", "live_time")]
)
def test_a_product_whose_row_was_dropped_stays_missing_while_its_record_tells_of_it(
    verified: Told, out: Path, gone: tuple[str, ...]
) -> None:
    places = {f"ccd-science-000/ccd/{kind}.parquet" for kind in gone}
    for place in places:
        (out / place).unlink()
    code, findings = verified("--clean")
    assert code == 4
    assert sorted(f[:2] for f in findings) == sorted(("missing", place) for place in places)
    assert all("its row was dropped" in detail for _, _, detail in findings)
    code, findings = verified("--clean")
    assert code == 4
    assert {(verdict, place) for verdict, place, _ in findings} == {("missing", p) for p in places}
    assert all("run its job again with --replace" in detail for _, _, detail in findings)


def test_rows_of_a_folder_that_is_gone_are_dropped(verified: Told, out: Path) -> None:
    shutil.rmtree(out / "ccd-science-000")
    code, findings = verified("--clean")
    assert (code, {verdict for verdict, _, _ in findings}) == (0, {"missing, cleaned"})
    assert verified() == (0, [])


def test_what_cannot_be_read_is_found_and_the_rest_is_looked_at(verified: Told, out: Path) -> None:
    dark, fe55 = (out / f"calibrations/ccd/{name}/v0001" for name in ("ccd-dark", "ccd-fe55"))
    (dark / "attachments").mkdir(exist_ok=True)
    (dark / "attachments/folder").mkdir()
    (fe55 / "table.parquet").unlink()
    product = out / "tpc-science-000/tpc/events.parquet"
    product.unlink()
    product.mkdir()
    code, findings = verified()
    assert code == 4
    assert {(verdict, place) for verdict, place, _ in findings} == {
        ("changed", "calibrations/ccd/ccd-dark/v0001"),
        ("missing", "calibrations/ccd/ccd-fe55/v0001"),
        ("missing", "tpc-science-000/tpc/events.parquet"),
    }


def test_a_folder_without_permission_is_found(
    verified: Told, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = [out / "ccd-science-000/ccd", out / "calibrations/ccd/ccd-dark/v0001"]
    real = {name: getattr(Path, name) for name in ("open", "stat")}

    def denying(name: str) -> Callable[..., object]:
        def call(path: Path, *arguments: object, **named: object) -> object:
            if path.parent in closed:
                raise PermissionError(13, "Permission denied", str(path))
            return real[name](path, *arguments, **named)

        return call

    for name in real:
        monkeypatch.setattr(Path, name, denying(name))
    code, findings = verified()
    assert code == 4
    assert {(verdict, str(Path(place).name)) for verdict, place, _ in findings} == {
        ("changed", name)
        for name in (
            "events.parquet", "observables.parquet", "candidates.parquet", "live_time.parquet",
            "record.json", "v0001",
        )
    }  # fmt: skip
    assert all("Permission denied" in detail or "record" in detail for _, _, detail in findings)


def test_a_whole_calibration_without_a_row_stays_and_the_next_goes_beside_it(
    verified: Told, call: Call, out: Path, processed: Path, tmp_path: Path
) -> None:
    older = shutil.copy(out / "catalog.sqlite", tmp_path / "older.sqlite")
    job = tmp_path / "job.toml"
    text = (processed / "job.toml").read_text()
    job.write_text(text.replace('nodes = "section"', 'nodes = "section"\nnominal_ev_per_adu = 5.2'))
    make = ("calibrate", str(job), "--data", str(processed), "--quiet")
    assert call(*make)[0] == 0
    dark = out / "calibrations/ccd/ccd-dark"
    for companion in out.glob("catalog.sqlite-*"):
        companion.unlink()
    shutil.copy(older, out / "catalog.sqlite")
    whole = {path: path.read_bytes() for path in (dark / "v0002").rglob("*") if path.is_file()}
    (dark / "v0007").mkdir()
    (dark / "v0007/table.parquet").touch()
    code, findings = verified("--clean")
    assert code == 3
    assert (
        "unknown, cleaned",
        "calibrations/ccd/ccd-dark/v0007",
        "it was never finished",
    ) in findings
    assert {verdict for verdict, place, _ in findings if "v0002" in place} == {"unknown"}
    assert call(*make)[0] == 0
    assert all(path.read_bytes() == content for path, content in whole.items())
    with open_catalog(out / "catalog.sqlite") as catalog:
        paths = {row.path for row in catalog.calibration_versions("ccd", "ccd-dark")}
    assert paths == {dark / "v0001", dark / "v0003"}


def test_left_overs_of_another_machine_are_listed_and_taken_once_its_job_is_ended(
    verified: Told, call: Call, out: Path
) -> None:
    number = a_job_begins(out, "cluster-7")
    left = [".calibration-abc", "ccd-science-000/.ccd-partial-4194301-x"]
    for place in left:
        (out / place).mkdir()
    code, findings = verified("--clean")
    assert code == 3
    assert {(verdict, place) for verdict, place, _ in findings} == {("left over", p) for p in left}
    assert f"job {number} of host cluster-7 may be working since 20" in findings[0][2]
    assert call("catalog", "end", str(number))[0] == 0
    assert call("catalog", "end", str(number))[0] == 2
    code, findings = verified("--clean")
    assert (code, {verdict for verdict, _, _ in findings}) == (0, {"left over, cleaned"})
    assert not any((out / place).exists() for place in left)


def test_a_job_that_works_here_is_not_ended_and_keeps_what_it_writes(
    verified: Told, call: Call, out: Path
) -> None:
    number = a_job_begins(out)
    (out / ".calibration-abc").mkdir()
    assert verified("--clean") == (0, [])
    assert (out / ".calibration-abc").exists()
    half = out / "calibrations/ccd/ccd-dark/v0009"
    half.mkdir()
    (out / "tpc-science-000/tpc/events.parquet").unlink()
    for _ in range(2):
        code, findings = verified("--clean")
        assert [finding[0] for finding in findings] == ["missing", "unknown"]
        assert all(f"stays: job {number} works since 20" in detail for _, _, detail in findings)
    assert half.exists()
    code, _, errors = call("catalog", "end", str(number))
    assert code == 2
    assert f"process {os.getpid()} of this machine works on it" in errors
    assert call("catalog", "end", "999")[0] == 2


def test_clean_leaves_what_others_have_in_a_home(verified: Told, out: Path) -> None:
    """Names that are nearly ours, and ours in places that are not."""
    foreign = [
        ".config-old/settings", ".vim-pieces/000001", "Downloads/.film.0123456789ab.part",
        "Downloads/.film.part", ".film.part", ".cache/.x.0123456789ab.part",
        "project/.git-old/HEAD", "project/.git-pieces/HEAD",
        "ccd-science-000/.calibration-notes/text",
    ]  # fmt: skip
    for place in foreign:
        (out / place).parent.mkdir(parents=True, exist_ok=True)
        (out / place).touch()
    assert verified("--clean") == (0, [])
    assert all((out / place).exists() for place in foreign)


def test_clean_takes_what_a_kill_leaves_of_runs_known_or_not(verified: Told, out: Path) -> None:
    ours = [
        ".archive-id.4194301.part", "jobs/.0123456789abcdef.toml.4194301.part",
        "new/.ccd-pieces/000001.events.parquet",
        "new/.ccd-pieces/.000002.events.parquet.0123456789ab.part",
        "tags/v2/new/.ccd-partial-4194301-abcd1234/events.parquet",
        "ccd-science-000/.ccd-old/events.parquet", "training/ccd/.report.html.0123456789ab.part",
    ]  # fmt: skip
    for place in ours:
        (out / place).parent.mkdir(parents=True, exist_ok=True)
        (out / place).touch()
    code, findings = verified("--clean")
    assert (code, {verdict for verdict, _, _ in findings}) == (0, {"left over, cleaned"})
    assert not any((out / place).exists() for place in ours)
    assert verified() == (0, [])


def test_a_catalogue_on_a_server_is_looked_at_with_its_folder_and_no_other(
    helioscope: Call, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HELIOSCOPE_CATALOG", postgresql_url)
    write_events(tmp_path / "a.root")
    assert helioscope("run", write_job(tmp_path, "a.root"), "--out", "out")[0] == 0
    assert helioscope("verify", "--clean")[0] == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for words in (
        ("verify", "--clean"),
        ("catalog", "show", "r1"),
        ("run", "../job.toml", "--out", "o2"),
    ):
        code, _, errors = helioscope(*words)
        assert code == 2
        assert "none of the 4 products and calibrations" in errors
    assert helioscope("verify", "--out", "../out")[0] == 0
