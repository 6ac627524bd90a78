"""A tag is made in one way: other settings are refused, whatever came between."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.archive_campaign import contents
from tests.integration.counter_runs import run_table, write_events, write_job

from helioscope.catalog.store import open_catalog
from helioscope.core.archive.planning import Planner
from helioscope.core.archive.reprocess import ReprocessRequest
from helioscope.core.runs.product_folder import ProductFolder
from helioscope.errors import UsageError

Cli = Callable[..., tuple[int, str, str]]
GAIN = ("--set", "counter.ev_per_adu=12.0")
OTHER = ("--set", "counter.ev_per_adu=13.0")
FIRST, SECOND = ("--where", 'run = "r1"'), ("--where", 'run = "r2"')


@pytest.fixture
def out(helioscope: Cli, tmp_path: Path) -> Path:
    """Two runs of a counter, processed."""
    for name in ("a", "b"):
        write_events(tmp_path / f"{name}.root")
    job = write_job(tmp_path, "a.root")
    job.write_text(job.read_text() + run_table("r2", "counter", "b.root"))
    assert helioscope("run", job, "--out", tmp_path / "out")[0] == 0
    return tmp_path / "out"


@pytest.fixture
def again(helioscope: Cli, out: Path) -> Cli:
    return lambda *arguments: helioscope("reprocess", "--tag", "v2", *arguments, "--out", out)


def gains(out: Path) -> set[float]:
    """Give the gains of all that lies under the tag."""
    records = [json.loads(path.read_text()) for path in (out / "tags/v2").rglob("record.json")]
    return {of["lineage"]["observables"]["settings"]["detector"]["ev_per_adu"] for of in records}


@pytest.mark.parametrize("other", [(), OTHER])
@pytest.mark.parametrize("more", [(), ("--dry-run",), ("--workers", "2")])
def test_other_settings_for_other_runs_are_refused(
    helioscope: Cli, again: Cli, out: Path, other: tuple[str, ...], more: tuple[str, ...]
) -> None:
    assert again(*FIRST, *GAIN)[0] == 0
    code, _, err = again(*SECOND, *other, *more)
    assert code == 2
    assert f"setting detector.ev_per_adu: 12.0 -> {'13.0' if other else '10.0'}" in err
    assert "to do:    give the same --set as before, or choose another --tag" in err
    assert gains(out) == {12.0}
    assert again(*SECOND, *GAIN)[0] == 0
    assert helioscope("verify", "--out", out)[0] == 0


def test_a_run_that_failed_is_not_made_with_other_settings(
    again: Cli, out: Path, tmp_path: Path
) -> None:
    raw = (tmp_path / "a.root").rename(tmp_path / "hidden")
    assert again(*GAIN)[0] == 4
    raw.rename(tmp_path / "a.root")
    assert again("--failed")[0] == 2
    assert again("--failed", *GAIN)[0] == 0
    assert gains(out) == {12.0}


def test_jobs_of_other_names_may_have_other_settings(again: Cli, out: Path, tmp_path: Path) -> None:
    assert again(*FIRST, *GAIN)[0] == 0
    other = tmp_path / "other.toml"
    other.write_text((tmp_path / "job.toml").read_text().replace('"counter"', '"next"', 1))
    assert again(*SECOND, *OTHER, "--job", other)[0] == 0
    assert gains(out) == {12.0, 13.0}


def test_two_kept_jobs_of_one_name_that_differ_are_refused(
    helioscope: Cli, again: Cli, out: Path, tmp_path: Path
) -> None:
    write_events(tmp_path / "c.root")
    later = write_job(tmp_path, "c.root", run="r3", gain=11.0)
    assert helioscope("run", later, "--out", out)[0] == 0
    code, _, err = again("--dry-run")
    assert code == 2
    assert "give one job for all with --job, or choose another --tag" in err
    assert again(*GAIN)[0] == 0


def test_removing_the_folder_of_a_tag_frees_it(again: Cli, out: Path) -> None:
    assert again(*FIRST, *GAIN)[0] == 0
    shutil.rmtree(out / "tags/v2")
    assert again(*OTHER)[0] == 0
    assert gains(out) == {13.0}


def test_a_tag_that_older_versions_made_is_known_by_its_products(again: Cli, out: Path) -> None:
    assert again(*FIRST, *GAIN)[0] == 0
    shutil.rmtree(out / "tags/v2/_settings")
    assert again(*SECOND, *OTHER)[0] == 2
    assert again(*SECOND, *GAIN)[0] == 0
    assert len(list((out / "tags/v2/_settings").iterdir())) == 1


def test_a_damaged_claim_is_bad_input_until_it_is_removed(
    helioscope: Cli, again: Cli, out: Path
) -> None:
    assert again(*FIRST, *GAIN)[0] == 0
    (claim,) = (out / "tags/v2/_settings").iterdir()
    whole = claim.read_bytes()
    claim.write_bytes(whole[:30])
    code, _, err = again(*SECOND, *GAIN)
    assert code == 4
    assert f"{claim}: " in err
    code, printed, _ = helioscope("verify", "--out", out, "--json")
    (one,) = json.loads(printed)["findings"]
    assert (code, one["verdict"], one["path"]) == (4, "changed", str(claim))
    assert "remove it, and the next call writes it anew" in one["detail"]
    claim.unlink()
    assert "nothing to do" in again(*FIRST, *GAIN)[2]
    assert claim.read_bytes() == whole
    assert helioscope("verify", "--out", out)[0] == 0


def test_of_two_calls_that_were_planned_at_once_one_goes_on(out: Path) -> None:
    def request(gain: str) -> ReprocessRequest:
        changes = {"counter.ev_per_adu": gain}
        return ReprocessRequest("", "v2", str(out / "catalog.sqlite"), out, changes)

    with (
        open_catalog(out / "catalog.sqlite") as catalog,
        Planner(catalog, request("12.0")) as one,
        Planner(catalog, request("12.0")) as same,
        Planner(catalog, request("13.0")) as other,
    ):
        plans = [planner.plan() for planner in (one, same, other)]
        for planner, plan in zip((one, same, other), plans, strict=True):
            planner.freeze(plan)
        one.claim()
        same.claim()
        with pytest.raises(UsageError, match=r"ev_per_adu: 12\.0 -> 13\.0"):
            other.claim()


@pytest.mark.parametrize("change", [GAIN, ()])
def test_products_that_came_meanwhile_in_another_way_are_not_written_over(
    again: Cli, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    change: tuple[str, ...],
) -> None:  # fmt: skip
    """The first starts from raw data, the second links."""
    assert again("--tag", "v1", *OTHER)[0] == 0
    place, finish = out / "tags/v2/r1/counter", ProductFolder.finish

    def overtaken(*arguments: Any) -> None:
        finish(*arguments)
        shutil.copytree(out / "tags/v1/r1/counter", place, dirs_exist_ok=True)

    monkeypatch.setattr(ProductFolder, "finish", overtaken)
    if not change:
        link = Path.rename

        def renamed(path: Path, target: Path) -> Path:
            if target == place:
                shutil.copytree(out / "tags/v1/r1/counter", place)
            return link(path, target)

        monkeypatch.setattr(Path, "rename", renamed)
    code, _, err = again(*FIRST, *change)
    assert code == 2
    assert f"setting detector.ev_per_adu: 13.0 -> {'12.0' if change else '10.0'}" in err
    assert "choose another --tag" in err
    assert "--replace" not in err
    assert "--out" not in err
    assert contents(place) == contents(out / "tags/v1/r1/counter")
    assert not list(place.parent.glob(".*"))
