"""Reprocessing a campaign of three detectors: where it starts, what it gives, what it refuses."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from archive_campaign import RUNS, contents

from helioscope.catalog.store import open_catalog
from helioscope.cli.main import main

GAIN = "ccd.nominal_ev_per_adu=5.5"
SPOT = "detectors.ccd.discriminator_settings.patterns=[0]"

Call = Callable[..., tuple[int, str, str]]


def plan(call: Call, *arguments: str) -> dict[str, Any]:
    code, printed, errors = call("reprocess", "--dry-run", "--json", *arguments)
    assert code == 0, errors
    found: dict[str, Any] = json.loads(printed)
    return found


def starts(found: dict[str, Any]) -> dict[str, set[str]]:
    result: dict[str, set[str]] = {}
    for row in found["runs"]:
        result.setdefault(row["detector"], set()).add(row["start"])
    return result


def test_every_run_of_the_campaign_left_rows(out: Path) -> None:
    with open_catalog(out / "catalog.sqlite") as catalog:
        rows = {(row.run, row.kind): row.rows for row in catalog.products()}
    assert len(rows) == 3 * RUNS * 4
    assert all(rows.values()), [of for of, number in rows.items() if not number]


def test_each_detector_starts_from_the_deepest_product_that_holds(call: Call, out: Path) -> None:
    before = sorted(out.rglob("*"))
    gain = plan(call, "--tag", "v2", "--set", GAIN)
    assert starts(gain) == {"ccd": {"raw"}, "micromegas": {"products"}, "tpc": {"products"}}
    why = {row["why"] for row in gain["runs"] if row["detector"] == "ccd"}
    assert why == {"setting detector.nominal_ev_per_adu: 5.0 -> 5.5"}
    spot = plan(call, "--tag", "v2", "--set", SPOT)
    assert starts(spot) == {"ccd": {"observables"}, "micromegas": {"products"}, "tpc": {"products"}}
    assert gain["summary"]["runs"] == 3 * RUNS
    assert gain["summary"]["estimate_s"] > 0
    assert sorted(out.rglob("*")) == before


def test_a_query_chooses_the_runs(call: Call) -> None:
    where = 'detector = "ccd" and start >= 2004-05-01T03:00:00Z and kind = "science"'
    found = plan(call, "--tag", "v2", "--where", where)
    assert [row["run"] for row in found["runs"]] == ["ccd-science-001"]
    calibration = plan(call, "--tag", "v2", "--where", 'kind = "dark"')
    assert calibration["runs"] == []


def test_a_wrong_query_or_setting_ends_before_anything_is_done(call: Call) -> None:
    assert call("reprocess", "--tag", "v2", "--where", "detectr = 'ccd'")[0] == 2
    code, _, errors = call("reprocess", "--tag", "v2", "--set", "ccd.nominal_ev_per_aud=5")
    assert code == 2
    assert "nominal_ev_per_adu" in errors
    code, _, errors = call("reprocess", "--tag", "v2", "--set", "cdc.nominal_ev_per_adu=5")
    assert code == 2
    assert "ccd" in errors
    assert call("reprocess", "--tag", "../v2")[0] == 2


def test_products_are_those_of_a_fresh_run_and_a_second_call_does_nothing(
    call: Call, out: Path, processed: Path, tmp_path: Path
) -> None:
    first = contents(out)
    code, printed, errors = call("reprocess", "--tag", "v2", "--set", SPOT, "--json")
    assert code == 0, errors
    states = [row["state"] for row in json.loads(printed)["runs"]]
    assert sorted(states) == ["done"] * RUNS + ["linked"] * 2 * RUNS
    assert {name: first[name] for name in first} == {
        name: content for name, content in contents(out).items() if not name.startswith("tags")
    }
    code, printed, errors = call("reprocess", "--tag", "v2", "--set", SPOT, "--json")
    told = json.loads(printed)
    assert (code, told["present"], told["runs"], told["short"]) == (0, 3 * RUNS, [], [])
    assert "nothing to do" in errors
    job = (processed / "job.toml").read_text().replace(
        'discriminator = "ccd-pattern"',
        'discriminator = "ccd-pattern"\ndiscriminator_settings = { patterns = [0] }',
    )  # fmt: skip
    (tmp_path / "job.toml").write_text(job)
    fresh = tmp_path / "fresh"
    arguments = ["--data", str(processed), "--out", str(fresh), "--quiet"]
    with pytest.raises(SystemExit):
        main(["run", str(tmp_path / "job.toml"), *arguments])
    assert contents(out / "tags" / "v2") == contents(fresh)
    assert contents(fresh) != {k: v for k, v in first.items() if not k.startswith("tags")}


def test_two_workers_give_the_same_bytes_and_tags_live_side_by_side(call: Call, out: Path) -> None:
    where = ("--where", 'detector = "ccd"', "--set", GAIN)
    assert call("reprocess", "--tag", "serial", *where)[0] == 0
    with open_catalog(out / "catalog.sqlite") as catalog:  # so that nothing can be linked
        for row in catalog.products(tag="serial"):
            catalog.forget_product(row.path)
    assert call("reprocess", "--tag", "parallel", *where, "--workers", "2")[0] == 0
    serial, parallel = contents(out / "tags/serial"), contents(out / "tags/parallel")
    assert serial == parallel
    assert len(serial) == 4 * RUNS
    assert call("reprocess", "--tag", "other", "--where", 'detector = "ccd"')[0] == 0
    assert contents(out / "tags/parallel") == parallel
    assert contents(out / "tags/other") != parallel


def test_what_changed_between_two_calls_of_a_tag_is_refused_and_shown(
    call: Call, out: Path
) -> None:
    assert call("reprocess", "--tag", "v2", "--set", GAIN)[0] == 0
    before = contents(out)
    code, _, errors = call("reprocess", "--tag", "v2", "--set", "ccd.nominal_ev_per_adu=5.2")
    assert code == 2
    assert "setting detector.nominal_ev_per_adu: 5.5 -> 5.2" in errors
    assert "--tag" in errors
    assert contents(out) == before


def test_later_calibrations_leave_an_old_tag_as_it_was(call: Call, out: Path) -> None:
    where = ("--where", 'detector = "ccd"')
    assert call("reprocess", "--tag", "old", *where)[0] == 0
    with open_catalog(out / "catalog.sqlite") as catalog:
        (row,) = [r for r in catalog.live_calibrations("old") if r.name == "ccd-fe55"]
        closed = catalog.close_calibration("ccd", "ccd-fe55", row.version, None, 0, "a test")
        assert closed.version == 2
    assert starts(plan(call, "--tag", "old", *where)) == {"ccd": {"nothing"}}
    code, _, errors = call("reprocess", "--tag", "new", *where, "--dry-run")
    assert code == 2
    assert "no version holds over" in errors


def test_only_what_failed_is_done_again(call: Call, out: Path, processed: Path) -> None:
    raw = processed / "raw" / "ccd-science-000.fits"
    whole = raw.read_bytes()
    arguments = ("reprocess", "--tag", "v2", "--where", 'detector = "ccd"', "--set", GAIN)
    try:
        raw.write_bytes(whole[: len(whole) // 2])
        code, _, errors = call(*arguments)
        assert code == 4
        assert "ccd-science-000" in errors
    finally:
        raw.write_bytes(whole)
    found = plan(call, *arguments[1:], "--failed")
    assert [(row["run"], row["start"]) for row in found["runs"]] == [("ccd-science-000", "raw")]
    assert call(*arguments, "--failed")[0] == 0
    code, _, errors = call(*arguments, "--failed")
    assert code == 0
    assert "nothing to do" in errors
    story = json.loads(call("catalog", "show", "ccd-science-000", "--json")[1])[0]
    assert [failure["error"] for failure in story["failures"]] == ["InputError"]


def test_a_bad_run_is_left_out_and_said(call: Call) -> None:
    assert call("catalog", "mark", "ccd", "ccd-science-000", "bad")[0] == 2
    assert call("catalog", "mark", "ccd", "ccd-science-000", "bad", "--reason", "shut")[0] == 0
    found = plan(call, "--tag", "v2")
    assert found["left_out"] == [{"run": "ccd-science-000", "detector": "ccd", "why": "bad: shut"}]
    assert len(found["runs"]) == 3 * RUNS - 1
    code, printed, errors = call("reprocess", "--tag", "v2", "--json")
    assert "ccd-science-000 of ccd (bad: shut)" in errors
    assert json.loads(printed)["left_out"] == found["left_out"]
    code, _, errors = call("reprocess", "--tag", "v2", "--where", 'run = "ccd-science-000"')
    assert code == 0
    assert errors.splitlines() == [
        "left out: 1 run: ccd-science-000 of ccd (bad: shut)",
        "nothing to do: all runs that were found are left out",
    ]


def test_calibration_runs_are_left_out_and_said(
    call: Call, processed: Path, tmp_path: Path
) -> None:
    (tmp_path / "darks").mkdir()
    shutil.copy(processed / "raw/ccd-dark-000.fits", tmp_path / "darks")
    add = ("catalog", "add", str(tmp_path / "darks"), "--detector", "ccd", "--kind", "dark")
    assert call(*add)[0] == 0
    code, _, errors = call("reprocess", "--tag", "v2", "--where", 'kind = "dark"')
    assert (code, errors.splitlines()[0]) == (
        0, "left out: 1 run: ccd-dark-000 of ccd (a calibration run)",
    )  # fmt: skip


def test_runs_that_only_the_catalogue_knows_need_a_job(
    call: Call, out: Path, processed: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    add = ["catalog", "add", str(processed / "raw"), "--detector", "ccd", "--out", str(new)]
    with pytest.raises(SystemExit) as end:
        main(add)
    assert end.value.code == 3  # files of the other detectors are no frames
    again = ["reprocess", "--tag", "v1", "--where", 'run like "ccd-science*"', "--out", str(new)]
    with pytest.raises(SystemExit) as end:
        main(again)
    assert end.value.code == 2
    shutil.copytree(out / "calibrations", new / "calibrations")
    with open_catalog(out / "catalog.sqlite") as old, open_catalog(new / "catalog.sqlite") as other:
        for row in old.calibration_versions("ccd"):
            with other.database.writing() as connection:
                other._enter(connection, row, row.version, new / row.path.relative_to(out))  # type: ignore[arg-type]
    with pytest.raises(SystemExit) as end:
        main([*again, "--job", str(processed / "job.toml")])
    assert end.value.code == 0
    assert len(contents(new / "tags/v1")) == 4 * RUNS
