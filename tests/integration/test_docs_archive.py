"""The commands on the pages of the catalogue and of reprocessing do what stands below them."""

from __future__ import annotations

import gzip
import re
import shlex
import shutil
from pathlib import Path

import pytest

from helioscope.cli.main import main

DOCS = Path(__file__).parents[2] / "docs"
GAIN = """reprocess --tag v2 --where 'detector = "ccd"' --set ccd.nominal_ev_per_adu=5.5"""


def examples(page: str) -> list[tuple[str, list[str]]]:
    """List the commands of a page with the lines below each; without those that need a server."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", (DOCS / page).read_text(), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return [(command, lines) for command, lines in found if "postgresql://" not in command]


@pytest.fixture
def campaign(processed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A processed campaign and more raw files, all in this folder."""
    folder = Path(shutil.copytree(processed, tmp_path / "campaign"))
    (folder / "raw/2005").mkdir()
    # packed, since a file with the very content of another one would be suspect
    packed = gzip.compress((folder / "raw/ccd-science-000.fits").read_bytes())
    (folder / "raw/2005/ccd-2005.fits.gz").write_bytes(packed)
    monkeypatch.chdir(folder)
    return folder


def called(command: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(shlex.split(command))
    return int(end.value.code or 0)


def as_pattern(line: str) -> str:
    """Let any text stand for an ellipsis, and any space for a space."""
    parts = [re.escape(part) for part in re.split(r"\s+", line.strip())]
    return r"\s+".join(parts).replace("…", ".*")


@pytest.mark.parametrize("page", ["catalogue.md", "reprocessing.md"])
def test_what_a_page_says_is_what_happens(
    page: str, campaign: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(examples(page)) >= 2
    if page == "catalogue.md":
        assert called(GAIN) == 0
    for command, lines in examples(page):
        assert command.startswith("helioscope ")
        capsys.readouterr()
        code = called(command.removeprefix("helioscope "))
        printed = "".join(capsys.readouterr())
        refused = any("expected:" in line for line in lines)
        assert code == (2 if refused else 0), (command, printed)
        for line in lines:
            assert re.search(as_pattern(line), printed), (command, line, printed)
        if "--dry-run" in command:
            assert called(command.removeprefix("helioscope ").replace("--dry-run", "")) == 0
