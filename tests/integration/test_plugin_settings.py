"""What a plugin says for its settings is asked for where a job is opened, and its faults named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.counter_runs import write_events, write_job

from helioscope.api import Detector, Discriminator, Schema, Settings, hookimpl, products

Cli = Callable[..., tuple[int, str, str]]
Say = Callable[..., None]


@pytest.fixture
def says(external_plugin: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Let the counter say something else for its settings."""
    monkeypatch.syspath_prepend(str(external_plugin))
    from proportional_counter import plugin

    (good,) = plugin.helioscope_detectors()

    def say(**words: Callable[[object], object]) -> None:
        def helioscope_detectors() -> list[Detector]:
            return [replace(good, **words)]

        monkeypatch.setattr(plugin, "helioscope_detectors", hookimpl(helioscope_detectors))

    return say


def raises(_config: object) -> object:
    raise ZeroDivisionError("of the settings")


@pytest.mark.parametrize(
    ("name", "word", "found"),
    [
        ("raw", raises, "ZeroDivisionError: of the settings"),
        ("raw", lambda _config: Schema("r", 1, products.RAW.columns[1:]), "event_id"),
        ("frame_s", raises, "ZeroDivisionError"),
        ("frame_s", lambda _config: -1.0, "frame_s: found -1.0"),
        ("batch_events", raises, "ZeroDivisionError"),
        ("batch_events", lambda _config: 0, "batch_events: found 0"),
        ("calibrations", raises, "ZeroDivisionError"),
        ("calibrations", lambda _config: "scale", "calibrations: found 'scale'"),
    ],
)
def test_a_run_ends_in_6_naming_the_detector_before_anything_is_made(
    helioscope: Cli, says: Say, tmp_path: Path, name: str, word: object, found: str
) -> None:
    write_events(tmp_path / "a.root")
    says(**{name: word})
    code, _, err = helioscope("run", write_job(tmp_path, "a.root"), "--out", tmp_path / "out")
    assert code == 6
    assert f"detector 'proportional-counter' 1, what it says for its settings: {found}" in (
        err.replace("raw: found no such ", "")
    )
    assert not (tmp_path / "out").exists()


def test_so_does_a_discriminator_whose_cuts_fail(
    helioscope: Cli, says: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proportional_counter import plugin

    judge = Discriminator("j", "proportional-counter", 1, Settings, raises, cuts=raises)
    monkeypatch.setattr(
        plugin, "helioscope_discriminators", hookimpl(lambda: [judge]), raising=False
    )
    write_events(tmp_path / "a.root")
    job = write_job(tmp_path, "a.root")
    text = job.read_text().replace(
        "[detectors.counter]", '[detectors.counter]\ndiscriminator = "j"'
    )
    job.write_text(text)
    code, _, err = helioscope("run", job, "--out", tmp_path / "out")
    assert code == 6
    assert "discriminator 'j' 1, what it says for its settings: ZeroDivisionError" in err


@pytest.mark.parametrize("command", ["add", "schema"])
def test_so_do_other_commands_that_ask_for_its_raw_data(
    helioscope: Cli, says: Say, tmp_path: Path, command: str
) -> None:
    write_events(tmp_path / "a.root")
    says(raw=raises)
    arguments = {
        "schema": ("schema",),
        "add": (
            "catalog", "add", tmp_path, "--detector", "proportional-counter",
            "--out", tmp_path / "out",
        ),
    }  # fmt: skip
    code, _, err = helioscope(*arguments[command])
    assert code == 6
    assert "detector 'proportional-counter' 1" in err
