"""Job files: every fault with its line and the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.errors import ExitCode, UsageError
from helioscope.job.file import read_job, time_ns
from helioscope.job.reading import line_of
from helioscope.job.writing import write_toml
from helioscope.model.time import parse_iso
from helioscope.model.toml_files import read_toml

GOOD = """\
[job]
name = "season"

[detectors.ccd]
settings = { noise_sigma = 4.0 }

[[runs]]
name = "r1"
detector = "ccd"
files = ["raw/*.fits"]
start = 2004-05-01T04:00:00.25Z

[[intervals]]
start = 2004-05-01T05:00:00Z
stop = 2004-05-01T06:30:00+01:00
tag = "tracking"
"""


def job(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "job.toml"
    path.write_text(text)
    return path


def test_a_good_job_is_read(tmp_path: Path) -> None:
    found, _ = read_job(job(tmp_path, GOOD))
    assert found.runs[0].kind == "science"
    assert time_ns(found.runs[0].start) == parse_iso("2004-05-01T04:00:00.25Z")
    assert time_ns(found.intervals[0].stop) == parse_iso("2004-05-01T05:30:00Z")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("detector = ", "detectro = ", 9, "did you mean 'detector'"),
        ("name = \"season\"", "nome = \"season\"", 2, "did you mean 'name'"),
        ("tag = \"tracking\"", "tag = \"traking\"", 16, "tracking"),
        ("start = 2004-05-01T05:00:00Z", "start = 2004-05-01T05:00:00", 14, "timezone"),
        ("start = 2004-05-01T05:00:00Z", "start = 2004-05-01T08:00:00Z", 13, "stop is before"),
        ("start = 2004-05-01T04:00:00.25Z", "start = 0001-01-01T00:00:00Z", 11, "1678"),
        ("start = 2004-05-01T05:00:00Z", "start = 9999-01-01T00:00:00Z", 14, "2262"),
        ("files = [\"raw/*.fits\"]", "files = []", 10, "at least 1"),
        ("files = [\"raw/*.fits\"]", "files = [1]", 10, "string"),
        ("name = \"r1\"", "events = nan\nname = \"r1\"", 8, "events"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        read_job(job(tmp_path, GOOD.replace(old, new)))
    assert f"line {line}:" in str(caught.value)
    assert caught.value.exit_code == ExitCode.USAGE


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("detector =", "detectro =").replace("tag =", "tga =")
    with pytest.raises(UsageError) as caught:
        read_job(job(tmp_path, text))
    assert "runs.0.detectro" in str(caught.value)
    assert "intervals.0.tga" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["[job\n", "a = 1\na = 2\n", "x = nope\n", "\xff"],
    ids=["open", "twice", "bare", "latin"],
)
def test_what_is_no_toml_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "job.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=r"job\.toml"):
        read_toml(path)


def test_a_run_named_twice_is_refused(tmp_path: Path) -> None:
    run = GOOD[GOOD.index("[[runs]]") : GOOD.index("[[intervals]]")]
    with pytest.raises(UsageError, match=r"named twice: r1 \(ccd\)"):
        read_job(job(tmp_path, GOOD + run))


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_job(tmp_path / "none.toml")


def test_lines_are_found_in_nested_arrays_of_tables() -> None:
    text = "[[runs]]\nname='a'\n[runs.source]\nkey=1\n[[runs]]\n[runs.source]\nkey=2\n"
    assert line_of(text, ("runs", 1, "source", "key")) == 7
    assert line_of(text, ("runs", 0, "source", "key")) == 4
    assert line_of(text, ("runs", 1, "source", "other")) == 6


PLAIN = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(
    st.dictionaries(
        st.text("abcXYZ_-", min_size=1, max_size=6),
        PLAIN | st.dictionaries(st.text("ab.c d", min_size=1, max_size=4), PLAIN, max_size=3),
        max_size=4,
    )
)
def test_what_is_written_as_toml_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, tables: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("toml") / "tables.toml"
    write_toml(path, tables)
    assert read_toml(path)[0] == tables
