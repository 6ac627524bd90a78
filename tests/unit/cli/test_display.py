"""``helioscope display``: pictures of events, and what is refused before any work."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import pytest
from tests.integration.counter_runs import write_events, write_job

from helioscope.plugin import Display, Reconstructed, Setup
from helioscope.registry import Loaded, Registry

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def reconstructed(helioscope: Cli, tmp_path: Path) -> Path:
    write_events(tmp_path / "a.root")
    assert helioscope("run", write_job(tmp_path, "a.root"), "--out", tmp_path / "out")[0] == 0
    return tmp_path


def test_display_of_a_detector_without_one_says_so(helioscope: Cli, reconstructed: Path) -> None:
    job = reconstructed / "job.toml"
    code, _, err = helioscope("display", job, "--run", "r1", "--out", reconstructed / "out")
    assert code == 2
    assert "no plugin draws its events" in err
    code, _, err = helioscope("display", job, "--run", "r2", "--out", reconstructed / "out")
    assert code == 2
    assert "did you mean 'r1'?" in err


def test_display_says_which_events_it_drew(
    helioscope: Cli, reconstructed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proportional_counter import plugin

    def draw(setup: Setup, raw: ak.Array, reconstructed: Reconstructed) -> bytes:
        return f"<svg>{raw['event_id'].to_list()}</svg>".encode()

    (detector,) = plugin.helioscope_detectors()
    brought = (detector, Display("counter", detector.name, draw))
    registry = Registry([Loaded("counter", "counter", "1", brought)])
    monkeypatch.setattr("helioscope.registry.load", lambda: registry)
    call = ("display", reconstructed / "job.toml", "--out", reconstructed / "new", "--run", "r1")
    code, out, _ = helioscope(*call, "--event", 4, "--events", 3, "--json")
    found = json.loads(out)
    picture = reconstructed / "new/r1_events.svg"
    assert (code, found["events"], found["format"]) == (0, [4, 5, 6], "svg")
    assert (found["picture"], picture.read_text()) == (str(picture), "<svg>[4, 5, 6]</svg>")
    code, out, _ = helioscope(*call, "--picture", reconstructed / "b.svg")
    assert (code, out.strip()) == (0, str(reconstructed / "b.svg"))
    code, _, err = helioscope(*call, "--picture", reconstructed / "b.png")
    assert code == 2
    assert "a name that ends in .svg" in err
    assert not (reconstructed / "b.png").exists()


def test_display_of_a_wrong_run_calibrates_nothing_first(helioscope: Cli, tmp_path: Path) -> None:
    """The fault is found before the calibrations, which would fail on these empty files."""
    (tmp_path / "dark.fits").write_bytes(b"")
    (tmp_path / "job.toml").write_text(
        '[job]\nname = "j"\n[detectors.ccd]\n[[runs]]\nname = "dark"\ndetector = "ccd"\n'
        'kind = "dark"\nfiles = ["dark.fits"]\n'
    )
    code, _, err = helioscope("display", tmp_path / "job.toml", "--run", "drak")
    assert code == 2
    assert "did you mean 'dark'?" in err
