"""What a physicist does to an archive by mistake: refused and said, or harmless."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from helioscope.catalog.store import open_catalog
from helioscope.cli.main import main

Call = Callable[..., tuple[int, str, str]]
AGAIN = "reprocess --tag v2 --dry-run"


def test_a_validity_that_was_closed_stays_closed_when_the_job_runs_again(
    call: Call, out: Path, processed: Path
) -> None:
    close = ("catalog", "close", "ccd", "ccd-dark", "--version", "1")
    assert call(*close, "--stop", "2004-06-01T00:00:00Z", "--reason", "moved")[0] == 0
    code, _, errors = call("run", str(processed / "job.toml"), "--quiet")
    assert (code, "calibrated" in errors) == (0, False)
    with open_catalog(out / "catalog.sqlite") as catalog:
        (held,) = catalog.live_calibrations(None, "ccd", "ccd-dark")
    assert held.validity == "[2004-05-01T00:00:00Z, 2004-06-01T00:00:00Z)"


@pytest.mark.parametrize("damage", ["{", "[]", '{"digest": "0"}', None])
def test_a_damaged_record_of_a_calibration_is_bad_input_until_it_is_made_again(
    call: Call, out: Path, processed: Path, damage: str | None
) -> None:
    record = out / "calibrations/ccd/ccd-dark/v0001/record.json"
    record.unlink()
    if damage is not None:
        record.write_text(damage)
    again = ("reprocess", "--tag", "v2", "--set", "ccd.nominal_ev_per_adu=5.5")
    code, _, errors = call(*again, "--where", 'run = "ccd-science-000"')
    assert code == 4
    assert "record of ccd-dark of ccd, v1" in errors
    assert json.loads(call("verify", "--json", "--no-inputs")[1])["whole"] is False
    code, _, errors = call("run", str(processed / "job.toml"), "--quiet")
    assert (code, "calibrated: ccd-dark of ccd, v1" in errors) == (0, True)
    assert call(*again, "--where", 'run = "ccd-science-000"')[0] == 0
    assert call("verify", "--no-inputs")[0] == 0


def test_a_way_over_the_parent_folder_leads_to_the_same_archive(
    call: Call, out: Path, processed: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere/deep").mkdir(parents=True)
    (tmp_path / "aside").symlink_to(tmp_path / "elsewhere/deep")
    way = tmp_path / "aside/../../out"
    code, printed, errors = call("reprocess", "--tag", "v2", "--json", place=way)
    assert code == 0, errors
    assert {run["state"] for run in json.loads(printed)["runs"]} == {"linked"}
    assert call("run", str(processed / "job.toml"), "--quiet", place=way)[0] == 0
    assert call("verify", "--no-inputs", place=way)[0] == 0
    moved = out.rename(tmp_path / "moved")
    code, printed, _ = call("verify", "--no-inputs", "--json", place=moved)
    assert (code, json.loads(printed)["findings"]) == (0, [])


def test_an_edited_copy_of_a_job_is_not_worked_by(call: Call, out: Path) -> None:
    (copy,) = (out / "jobs").iterdir()
    copy.write_text(copy.read_text().replace('nodes = "section"', "nominal_ev_per_adu = 7.0"))
    code, printed, _ = call("verify", "--no-inputs", "--json")
    assert code == 4
    assert [(f["verdict"], f["what"]) for f in json.loads(printed)["findings"]] == [
        ("changed", "job file")
    ]
    code, _, errors = call("reprocess", "--tag", "v2", "--dry-run")
    assert code == 2
    assert f"{copy} was edited since it was kept" in errors


def test_a_lost_copy_of_a_job_is_said_and_comes_back_with_the_next_run(
    call: Call, out: Path, processed: Path
) -> None:
    (copy,) = (out / "jobs").iterdir()
    copy.unlink()
    code, _, errors = call("reprocess", "--tag", "v2", "--dry-run")
    assert code == 2
    assert f"{copy} is gone" in errors
    assert "--job" in errors
    assert call("verify", "--no-inputs")[0] == 4
    assert call("run", str(processed / "job.toml"), "--quiet")[0] == 0
    assert call("reprocess", "--tag", "v2", "--dry-run")[0] == 0
    assert call("verify", "--no-inputs")[0] == 0


def test_an_older_job_takes_the_place_of_a_lost_one_and_that_is_said(
    call: Call, out: Path, processed: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (first,) = (out / "jobs").iterdir()
    later = tmp_path / "later.toml"
    later.write_text((processed / "job.toml").read_text() + "# another content\n")
    assert call("run", str(later), "--data", str(processed), "--quiet")[0] == 0
    (second,) = set((out / "jobs").iterdir()) - {first}
    second.unlink()
    code, printed, _ = call("reprocess", "--tag", "v2", "--dry-run", "--json")
    assert code == 0
    assert {run["start"] for run in json.loads(printed)["runs"]} == {"products"}
    assert f"the job file {second} is gone" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("reprocess --tag v2 --workers 0", "--workers"),
        ("reprocess --tag v2 --timeout-s 0", "--timeout-s"),
        ("reprocess --tag v2 --data .", "--data: no --job beside it"),
        (f"{AGAIN} --set detectors.micromegas.discriminator_settings.x=3", "but no discriminator"),
        (f"{AGAIN} --set detectors.ccd.calibrators.ccd-fe55.x=3", "makes none"),
        (f"{AGAIN} --set detectors.ccd.calibration_per_run=true", "helioscope calibrate"),
        (f"{AGAIN} --set job.name=x", "the name of the job"),
        (f"{AGAIN} --set ccd.nominal_ev_per_adu=nan", "should be a finite number"),
        (f"{AGAIN} --set ccd.x=1 --set ccd.x=2", "another value of the same setting"),
        (f"{AGAIN} --set ccd.x=1 --set detectors.ccd.settings.x=2", "in --set ccd.x=1"),
        ("catalog close ccd ccd-drak", "did you mean 'ccd-dark of ccd'?"),
        ("catalog close cdc ccd-dark --version 1 --stop none", "did you mean 'ccd-dark of ccd'?"),
        ("catalog close ccd ccd-dark --version 9 --stop none", "one of v1 [2004-05-01T00:00:00Z"),
        ("catalog close ccd ccd-dark --version 1 --stop 3000-01-01T00:00:00Z", "2262"),
        ("catalog calibrations --all --tag v2", "one of them"),
        ("catalog tag a --set ccd/ccd-dark=\u00b2", "DETECTOR/CALIBRATION=VERSION"),
        ("catalog tag a --set ccd/ccd-dark=99999999999999999999", "DETECTOR/CALIBRATION=VERSION"),
        ("catalog tag a --set ccd/ccd-dark=7", "expected: v1"),
        ("catalog list start<9999-01-01", "2262"),
    ],
)
def test_a_mistake_leaves_no_tag_and_says_what_is_right(
    call: Call, out: Path, arguments: str, said: str
) -> None:
    code, _, errors = call(*arguments.split())
    assert code == 2
    assert said in errors
    assert "Traceback" not in errors
    with open_catalog(out / "catalog.sqlite") as catalog:
        assert catalog.tags() == {}


def test_the_password_of_a_server_is_not_kept_with_the_job(
    postgresql_url: str, processed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{postgresql_url.replace('helioscope@', 'helioscope:gehe/im@')}?password=gehe/im"
    places = ["--out", str(tmp_path / "out"), f"--catalog={url}"]
    for words in (["run", str(processed / "job.toml"), "--quiet"], ["reprocess", "--tag", "v2"]):
        monkeypatch.setattr("sys.argv", ["helioscope", *words, *places])
        with pytest.raises(SystemExit) as end:
            main([*words, *places])
        assert end.value.code == 0
    with open_catalog(postgresql_url, tmp_path / "out") as catalog:
        commands = [job.command for job in catalog.jobs()]
    assert "postgresql://helioscope:***@127.0.0.1" in commands[-1]
    assert not any("im@" in command or "gehe" in command for command in commands)


@pytest.mark.parametrize("words", ["catalog list", "catalog add . --detector ccd", "run job.toml"])
def test_a_server_without_the_mark_of_a_url_is_refused_unseen_and_no_folder_is_made(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HELIOSCOPE_CATALOG", "postgresql:/me:secret@host/db")
    with pytest.raises(SystemExit) as end:
        main(words.split())
    assert end.value.code == 2
    assert "secret" not in "".join(capsys.readouterr())
    assert not list(tmp_path.iterdir())
