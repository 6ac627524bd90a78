"""Reprocessing an archive in which something is gone, made meanwhile or misspelt."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.integration.counter_runs import write_events, write_job

Cli = Callable[..., tuple[int, str, str]]


def test_a_file_gone_beside_one_of_its_name_makes_no_run_silently_short(
    helioscope: Cli, tmp_path: Path
) -> None:
    for number, night in enumerate(("n1", "n2")):
        (tmp_path / night).mkdir()
        times = np.arange(40.0 * number, 40.0 * number + 20.0)
        write_events(tmp_path / night / "x.root", times, first_id=100 * number)
    out = tmp_path / "out"
    assert helioscope("run", write_job(tmp_path, "*/x.root"), "--out", out)[0] == 0
    (tmp_path / "n2/x.root").unlink()
    again = ["reprocess", "--tag", "v2", "--set", "counter.ev_per_adu=12.0", "--out", out]
    code, _, err = helioscope(*again)
    assert code == 4
    assert "n2/x.root" in err


def test_two_reprocessings_under_one_tag_at_once_both_end_well(
    helioscope: Cli, external_plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second comes to a place at which the first has linked the same products meanwhile."""
    from helioscope.core.runs import run_tasks

    write_events(tmp_path / "a.root")
    out = tmp_path / "out"
    assert helioscope("run", write_job(tmp_path, "a.root"), "--out", out)[0] == 0
    linked = run_tasks.linked

    def after_another(workspace: object, planned: object, source: Path) -> object:
        place = out / "tags/v2/r1/counter"
        place.parent.mkdir(parents=True)
        shutil.copytree(source, place)
        return linked(workspace, planned, source)  # type: ignore[arg-type]

    monkeypatch.setattr(run_tasks, "linked", after_another)
    code, _, err = helioscope("reprocess", "--tag", "v2", "--out", out)
    assert code == 0, err
    assert helioscope("verify", "--out", out)[0] == 0


def test_a_fault_of_a_changed_setting_names_the_option(helioscope: Cli, tmp_path: Path) -> None:
    write_events(tmp_path / "a.root")
    out = tmp_path / "out"
    assert helioscope("run", write_job(tmp_path, "a.root"), "--out", out)[0] == 0
    code, _, err = helioscope(
        "reprocess", "--tag", "v2", "--set", "counter.ev_per_ad=1", "--out", out
    )
    assert code == 2
    assert "--set counter.ev_per_ad=1, of " in err.splitlines()[0]
    assert "ev_per_adu" in err
    assert "line " not in err  # of a copy that is gone by now
