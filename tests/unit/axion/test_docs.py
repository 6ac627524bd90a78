"""Every command of docs/axion.md prints the numbers that stand below it."""

import re
import shlex
from pathlib import Path

import pytest

from helioscope.cli.main import main

PAGE = Path(__file__).parents[3] / "docs" / "axion.md"


def examples() -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


@pytest.fixture
def published_files(ccd2004: Path, physics: Path, published: object) -> Path:
    """A folder with the files that the page names."""
    folder = ccd2004.parent
    (folder / "SM_BP04.dat").symlink_to(physics / "solar_model" / "SM_BP04.dat")
    lines = []
    for row in published("prl2005_table.csv"):  # type: ignore[operator]
        lines += ["[[set]]", f'name = "{row["set"]}"']
        lines += [f"g4_best_per_gev4 = {float(row['g4_best_1e-40']) * 1e-40!r}"]
        lines += [f"g4_error_per_gev4 = {float(row['g4_err_1e-40']) * 1e-40!r}"]
    (folder / "prl2005.toml").write_text("\n".join(lines))
    return folder


def test_the_page_has_examples() -> None:
    assert len(examples()) >= 15
    assert all(expected for _, expected in examples())


@pytest.mark.parametrize(("command", "expected"), examples())
def test_an_example_prints_what_the_page_says(
    command: str,
    expected: list[str],
    published_files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(published_files)
    with pytest.raises(SystemExit) as leave:
        main(shlex.split(command)[1:])
    captured = capsys.readouterr()
    assert leave.value.code == 0, captured.err
    printed = dict(
        line.split(maxsplit=1) for line in captured.out.splitlines() if len(line.split()) > 1
    )
    for line in expected:
        name, value = line.split(maxsplit=1)
        assert printed[name].strip() == value.strip()
