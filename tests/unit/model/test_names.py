"""Names that become folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.errors import UsageError
from helioscope.model.names import check_name, check_run_name


@pytest.mark.parametrize("name", ["run_2004-05-01", "R01208", "a.b+c", "a"])
def test_ordinary_names_pass(name: str) -> None:
    assert check_name(name, "run") == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "/etc/passwd", "a/b", "a\\b", "x\0y", "x\ny", "\x1b[31m", ".hidden",
     "-rf", "x" * 300, "run\u0430", "run\u202e", "caf\u00e9", "end.", "end ", "dark 1", "x..y",
     "a:b", "<script>"],
)  # fmt: skip
def test_names_that_leave_the_folder_or_deceive_are_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_name(name, "run")
    assert caught.value.exit_code == 2
    assert str(caught.value).isprintable() or "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["tags", "Tags", "calibrations", "jobs", "training", "archive-id", "catalog.sqlite-wal"]
)
def test_a_run_is_not_called_as_what_lies_beside_it(name: str) -> None:
    with pytest.raises(UsageError, match="rename the run"):
        check_run_name(name)
    assert check_run_name(f"night-{name}") == f"night-{name}"


@given(st.text(max_size=40))
def test_a_name_that_passes_is_one_plain_part_of_a_path(name: str) -> None:
    try:
        check_name(name, "run")
    except UsageError:
        return
    path = Path("folder") / name
    assert path.parent == Path("folder")
    assert path.name == name
    assert name.isascii()
    assert not name.startswith(".")
