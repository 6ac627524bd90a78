"""The top command: help without weight, wrong verbs, tracebacks, foreign text on a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.counter_runs import write_events, write_job

from helioscope import __version__
from helioscope.cli.main import VERBS
from helioscope.cli.output import print_json, print_table

Cli = Callable[..., tuple[int, str, str]]
HEAVY = "numpy awkward pydantic pyarrow scipy sklearn numba astropy uproot matplotlib sqlalchemy"


def test_help_lists_every_verb_and_imports_nothing_heavy() -> None:
    program = (
        "import sys, json\nfrom helioscope.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as left:\n    code = left.code\n"
        "print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    code, modules = json.loads(done.stderr)
    assert code == 0
    assert set(HEAVY.split()) & set(modules) == set()
    assert {line.split()[0] for line in done.stdout.splitlines() if line.strip()} >= set(VERBS)


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_has_help(helioscope: Cli, verb: str) -> None:
    code, out, err = helioscope(verb, "--help")
    assert (code, err) == (0, "")
    assert out.startswith("Usage:")


def test_version(helioscope: Cli) -> None:
    assert helioscope("--version")[:2] == (0, f"helioscope, version {__version__}\n")


def test_a_wrong_verb_gets_the_nearest(helioscope: Cli) -> None:
    code, out, err = helioscope("plgins")
    assert (code, out) == (2, "")
    assert "did you mean 'plugins'?" in err


def test_a_wrong_option_is_a_usage_error(helioscope: Cli) -> None:
    code, _, err = helioscope("plugins", "--jsn")
    assert code == 2
    assert "--jsn" in err


def test_terminal_codes_in_a_name_are_shown_and_not_obeyed(helioscope: Cli, tmp_path: Path) -> None:
    code, _, err = helioscope("run", tmp_path / "a\x1b[31mred\x07.toml")
    assert code == 2
    assert "\\x1b[31mred\\x07.toml" in err
    assert "\x1b" not in err
    assert "\x07" not in err


@pytest.mark.parametrize("asked", [False, True])
def test_the_traceback_of_a_plugin_comes_only_when_asked(
    helioscope: Cli,
    external_plugin: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    asked: bool,
) -> None:
    monkeypatch.syspath_prepend(str(external_plugin))
    from proportional_counter import plugin

    def gain_of_nothing(raw: object) -> object:
        raise ZeroDivisionError("gain\x1b[2J of zero")

    monkeypatch.setattr(plugin, "reconstruction", lambda setup: gain_of_nothing)
    write_events(tmp_path / "a.root")
    flags = ["--traceback"] if asked else []
    code, _, err = helioscope(
        *flags, "run", write_job(tmp_path, "a.root"), "--out", tmp_path / "out"
    )
    assert code == 6
    assert "ZeroDivisionError: gain\\x1b[2J of zero" in err
    assert ("in gain_of_nothing" in err) == asked
    assert "\n  to do:" in err
    assert "\x1b" not in err


def test_a_folder_that_cannot_be_made_is_an_output_error(helioscope: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    code, _, err = helioscope("simulate", "tpc", "--out", tmp_path / "file" / "below")
    assert code == 5
    assert str(tmp_path / "file") in err
    assert "Traceback" not in err


def test_json_has_null_where_no_number_is(capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np

    print_json({"a": float("nan"), "b": [np.float32("inf"), 1], "c": np.array([np.nan, 2.0])})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1], "c": [None, 2.0]}


def test_json_spells_what_is_not_utf_8(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    print_json({"path": os.fsdecode(b"x\xff\xc3\xa9.fits"), "reason": "\ud800"})
    written = json.loads(capfdbinary.readouterr().out.decode())
    assert written == {"path": "x\\xff\u00e9.fits", "reason": "\\xd800"}


@pytest.mark.parametrize(
    "call",
    ["catalog mark ccd r bad --reason caf\udce9", "catalog show \udce9", "run \udce9.toml"],
)
def test_arguments_that_are_not_utf_8_are_refused(helioscope: Cli, call: str) -> None:
    code, _, err = helioscope(*call.split())
    assert code == 2
    assert "\\xe9" in err
    assert "is not UTF-8" in err


def test_a_table_has_no_blanks_at_the_ends_and_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("title", ("name", "what"), [("a\x1b[0m", "long text"), ("b", "")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "title"
    assert lines[2].split() == ["a\\x1b[0m", "long", "text"]
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_logs_escape_what_a_terminal_would_obey(
    external_plugin: Path, tmp_path: Path, workers: str
) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a\x1b[31m.root").touch()  # an empty file is logged with its name
    job = write_job(tmp_path, "raw/*.root")
    command = [sys.executable, "-m", "helioscope.cli.main", "run", job, "--workers", workers]
    environment = {**os.environ, "PYTHONPATH": str(external_plugin)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "a\\x1b[31m.root: the file is empty" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout
