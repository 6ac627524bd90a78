"""Names, patterns, and atomic records."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from helioscope.errors import OutputError, UsageError
from helioscope.io.atomic import made_new, replacing
from helioscope.io.files import (
    expand_patterns,
    write_json,
)


def test_patterns_find_files_at_any_depth_each_once(tmp_path: Path) -> None:
    for name in ("b.fits", "a.fits", "deep/er/c.fits", "d.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = expand_patterns(["**/*.fits", "a.fits"], tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "a.fits", "b.fits", "deep/er/c.fits",
    ]  # fmt: skip


@pytest.mark.parametrize("pattern", ["../*.fits", "/etc/*", "a/../../x", "", "none*.fits", "x\0"])
def test_patterns_that_leave_the_folder_or_find_nothing_are_refused(
    tmp_path: Path, pattern: str
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.fits").touch()
    with pytest.raises(UsageError):
        expand_patterns([pattern], inside)


def test_a_pattern_that_matches_in_a_folder_above_names_it(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.fits").touch()
    with pytest.raises(UsageError) as fault:
        expand_patterns(["raw/*.fits"], tmp_path / "jobs")
    assert fault.value.remedy == f"give --data {tmp_path}"
    with pytest.raises(UsageError) as fault:
        expand_patterns(["raw/*.root"], tmp_path / "none")
    assert fault.value.remedy == "check the pattern and --data"
    assert fault.value.found == f"no folder {tmp_path / 'none'}"


def test_a_record_is_whole_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "record.json"
    write_json(path, {"run": "a\u00e9", "rows": 3})
    assert json.loads(path.read_text(encoding="utf-8")) == {"run": "a\u00e9", "rows": 3}
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"rate": float("nan")})
    assert json.loads(path.read_text(encoding="utf-8"))["rows"] == 3
    assert [entry.name for entry in path.parent.iterdir()] == ["record.json"]


def test_a_folder_without_permission_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError), replacing(tmp_path / "file" / "record.json"):
        pass


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    former = os.umask(0o027)
    try:
        write_json(tmp_path / "record.json", {})
    finally:
        os.umask(former)
    assert stat.S_IMODE((tmp_path / "record.json").stat().st_mode) == 0o640


def no_links(*_: object) -> None:
    raise PermissionError("a file system without links")


@pytest.mark.parametrize("linking", [os.link, no_links])
def test_a_file_is_made_once_and_stays_as_the_first_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linking: object
) -> None:
    monkeypatch.setattr(os, "link", linking)
    path = tmp_path / "deep/claim.json"
    assert made_new(path, b"first")
    assert not made_new(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(path.parent.iterdir()) == [path]


def test_of_many_who_make_a_file_at_once_one_does(tmp_path: Path) -> None:
    contents = [str(number).encode() * 1000 for number in range(8)]
    with ThreadPoolExecutor(8) as many:
        made = list(many.map(lambda content: made_new(tmp_path / "claim", content), contents))
    assert made.count(True) == 1
    assert (tmp_path / "claim").read_bytes() == contents[made.index(True)]
