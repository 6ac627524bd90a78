"""The documentation names what there is: pages, commands, hooks, and a job that parses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from helioscope import hookspecs, registry
from helioscope.cli import main
from helioscope.cli.schema import all_schemas, all_settings
from helioscope.job.file import read_job

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))


def listed() -> list[str]:
    """Pages that the index lists, in its order."""
    trees = re.findall(r"^```\{toctree\}\n(.*?)^```", (DOCS / "index.md").read_text(), re.S | re.M)
    lines = "".join(trees).splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith(":")]


def blocks(page: Path, language: str) -> list[str]:
    """Fenced blocks of one language on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.S | re.M)


def test_every_page_is_in_the_toctree_once() -> None:
    assert sorted(listed()) == sorted(page.stem for page in PAGES if page.stem != "index")


def test_the_tutorial_comes_first() -> None:
    assert listed()[0] == "tutorial"


@pytest.mark.parametrize("verb", main.cli().list_commands(None))
def test_every_command_is_named_somewhere(verb: str) -> None:
    text = "".join(page.read_text() for page in [ROOT / "README.md", *PAGES])
    assert re.search(rf"\bhelioscope {verb}\b", text), f"no page names 'helioscope {verb}'"


def test_every_command_that_a_page_names_exists() -> None:
    verbs = set(main.cli().list_commands(None))
    for page in [ROOT / "README.md", *PAGES]:
        for verb in re.findall(r"(?:^    |^|`|\$ )helioscope ([a-z]+)\b", page.read_text(), re.M):
            assert verb in verbs, f"{page.name}: helioscope {verb}"


def test_every_hook_is_documented() -> None:
    page = (DOCS / "plugins.md").read_text()
    assert re.search(r"automodule:: helioscope\.hookspecs\n\s+:members:", page)
    hooks = [name for name in vars(hookspecs) if name.startswith("helioscope_")]
    assert hooks
    for name in hooks:
        assert (getattr(hookspecs, name).__doc__ or "").strip(), f"{name} has no docstring"


@pytest.mark.parametrize(
    ("page", "count"),
    [
        (ROOT / "README.md", 1),
        (DOCS / "tutorial.md", 1),
        (DOCS / "micromegas.md", 2),
        (DOCS / "tpc.md", 1),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_jobs_on_the_page_parse(page: Path, count: int, tmp_path: Path) -> None:
    cells = [text.partition("\n")[2] for text in blocks(page, r"\{code-cell\}")]
    jobs = [text for text in [*blocks(page, "toml"), *cells] if text.startswith("[job]")]
    assert len(jobs) == count
    path = tmp_path / "job.toml"
    for text in jobs:
        path.write_text(text)
        job, _ = read_job(path)
        assert job.runs
        assert {run.detector for run in job.runs} <= set(job.detectors)


def test_the_tables_that_a_page_names_are_there() -> None:
    plugins = registry.load()
    known = {name for name, _ in [*all_schemas(plugins), *all_settings(plugins)]} | {"quality"}
    for page in [ROOT / "README.md", *PAGES]:
        named = set(re.findall(r"helioscope schema ([a-z][\w.-]*)", page.read_text()))
        assert named <= known, f"{page.name}: {named - known}"


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *PAGES]:
        for target in re.findall(r"\]\(([^)#:\s]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_no_page_holds_a_path_of_one_machine() -> None:
    for page in [ROOT / "README.md", *PAGES]:
        found = re.findall(r"(?:^|[\s\"'(])/(?:home|root|work|tmp|Users)/\S*", page.read_text())
        assert not found, f"{page.name}: {found}"
