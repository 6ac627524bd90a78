"""Where commands look for the products and the catalogue."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.job_options import job_options
from helioscope.core.jobs.opening import JobRequest


@click.command()
@archive_options
def looked_at(archive: Archive) -> None:
    click.echo(f"{archive.root}\n{archive.location}")


@click.command()
@job_options
def worked(request: JobRequest) -> None:
    click.echo(request.catalog)


def found(*arguments: str) -> tuple[Path, str]:
    root, location = CliRunner().invoke(looked_at, arguments).output.splitlines()
    return Path(root), location


def marked(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).touch()
    return folder


def test_the_folder_is_that_of_the_catalogues_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = marked(tmp_path / "here", "catalog.sqlite")
    monkeypatch.chdir(here)
    assert found() == (here, f"{here}/catalog.sqlite")
    assert found("--catalog", "../a/c.sqlite") == (tmp_path / "a", "../a/c.sqlite")
    assert found("--catalog", "../a/c.sqlite", "--out", "b")[0] == here / "b"


def test_the_folder_of_a_catalogue_elsewhere_is_the_archive_near_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert found("--catalog", "postgresql://h/db")[0] == tmp_path
    out = marked(tmp_path / "out", "archive-id")
    assert found("--catalog", "postgresql://h/db")[0] == out
    assert found("--catalog", "disk/c.sqlite")[0] == out
    disk = marked(tmp_path / "disk", "archive-id")
    assert found("--catalog", "disk/c.sqlite")[0] == disk


def test_every_command_takes_the_catalogue_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HELIOSCOPE_CATALOG", "postgresql://h/db")
    assert found()[1] == "postgresql://h/db"
    assert CliRunner().invoke(worked, ["job.toml"]).output == "postgresql://h/db\n"
    assert CliRunner().invoke(worked, ["job.toml", "--catalog", "c"]).output == "c\n"
