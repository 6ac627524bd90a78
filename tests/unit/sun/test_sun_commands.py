"""The verbs of ``helioscope sun``: options, settings files, errors and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import csv

from helioscope.cli.main import cli, main
from helioscope.sun.pointing_log import PointingRows


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(cli(), ["sun", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_table_whose_columns_a_settings_file_declares(
    tmp_path: Path, day: PointingRows, cast_log: Path
) -> None:
    names = {"t": day.time_ns // 10**9, "az": day.horizontal_deg, "alt": day.vertical_deg}
    table = tmp_path / "magnet.csv"
    csv.write_csv(pa.table(names), table)
    settings = tmp_path / "pointing.toml"
    settings.write_text(
        '[columns]\ntime = "t"\nhorizontal = "az"\nvertical = "alt"\ntime_scale = "unix_s"\n'
    )
    asked = ["exposure", "--pointing", str(table), "--settings", str(settings), "--json"]
    found = json.loads(printed(*asked))
    assert found == json.loads(printed("exposure", "--pointing", str(cast_log), "--json"))


def test_data_taking_limits_the_exposure(cast_log: Path) -> None:
    span = "2017-11-20T06:30:00Z/2017-11-20T06:40:00Z"
    asked = ["exposure", "--pointing", str(cast_log), "--data-taking", span, "--json"]
    found = json.loads(printed(*asked))
    assert [one["live_s"] for one in found["tracking"]] == [600.0]
    assert (found["background_s"], found["excluded"]) == (0.0, [])


def test_the_other_end_sees_background(cast_log: Path) -> None:
    found = json.loads(
        printed("exposure", "--pointing", str(cast_log), "--end", "sunset", "--json")
    )
    assert found["tracking"] == []


def test_position_with_refraction_stands_higher() -> None:
    when = "2017-12-18T07:30:00Z"
    true = json.loads(printed("position", when, "--json"))["positions"][0]
    seen = json.loads(printed("position", when, "--refraction", "--json"))["positions"][0]
    assert 0.2 < seen["altitude_deg"] - true["altitude_deg"] < 0.6
    assert "altitude_deg" in printed("position", when)
    assert "time (UTC)" in printed("position")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["exposure"], 2),
        (["exposure", "--pointing", "gone.log"], 4),
        (["exposure", "--pointing", "x", "--tolerance", "-1"], 2),
        (["exposure", "--pointing", "x", "--settings", "gone.toml"], 2),
        (["position", "yesterday"], 2),
        (["position", "2004-01-01T00:00:00"], 2),
        (["position", "2004-01-01T00:00:00Z", "--latitude", "91"], 2),
        (["windows"], 2),
        (["windws"], 2),
    ],
)
def test_faults_end_in_their_exit_code(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["sun", *arguments])
    assert stop.value.code == code
    assert capsys.readouterr().err
