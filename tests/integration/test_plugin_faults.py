"""What the loop does with a plugin that breaks its promises, each for real."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from tests.integration.counter_runs import write_events, write_job

Cli = Callable[..., tuple[int, str, str]]
Break = Callable[[Callable[[ak.Array], object]], None]


@pytest.fixture
def broken(external_plugin: Path, monkeypatch: pytest.MonkeyPatch) -> Break:
    """Replace what the counter makes of a batch."""
    monkeypatch.syspath_prepend(str(external_plugin))
    from proportional_counter import plugin

    original = plugin.reconstruction

    def by(change: Callable[..., object]) -> None:
        def reconstruction(setup: object) -> Callable[[ak.Array], object]:
            inner = original(setup)
            return lambda raw: change(raw, inner(raw))

        monkeypatch.setattr(plugin, "reconstruction", reconstruction)

    return by


def with_column(name: str, values: Callable[[ak.Array], object]) -> Callable[..., object]:
    return lambda raw, result: result._replace(
        observables=ak.with_field(result.observables, values(raw), name)
    )


def crash(raw: ak.Array, result: object) -> object:
    raise ZeroDivisionError("gain of zero")


def leave(raw: ak.Array, result: object) -> object:
    raise SystemExit(3)


def shortened(raw: ak.Array, result: object) -> object:
    return result._replace(dead_s=np.zeros(len(raw) - 1))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (crash, "ZeroDivisionError: gain of zero"),
        (leave, "SystemExit: 3"),
        (lambda raw, result: result.observables, "expected Reconstructed"),
        (with_column("energy_kev", lambda raw: np.full(len(raw), -1, np.float32)), ">= 0 keV"),
        (with_column("energy_kev", lambda raw: np.full(len(raw), np.nan, np.float32)), "NaN"),
        (with_column("energy_kev", lambda raw: np.ones(len(raw))), "float64"),
        (with_column("colour", lambda raw: np.ones(len(raw))), "colour"),
        (with_column("event_id", lambda raw: np.arange(len(raw)) + 999), "event 999"),
        (shortened, r"dead_s: found an array of shape \(29,\)"),
    ],
    ids=[
        "raises", "exits", "other-type", "negative", "nan", "dtype", "extra", "invented", "length"
    ],
)  # fmt: skip
def test_what_breaks_the_promise_ends_in_6_and_leaves_nothing(
    helioscope: Cli, broken: Break, tmp_path: Path, change: Callable[..., object], message: str
) -> None:
    write_events(tmp_path / "a.root")
    broken(change)
    code, _, err = helioscope("run", write_job(tmp_path, "a.root"), "--out", tmp_path / "out")
    assert code == 6
    assert "proportional-counter" in err
    import re

    assert re.search(message, err)
    assert not (tmp_path / "out/r1/counter").exists()


def test_a_plugin_cannot_change_its_input(helioscope: Cli, broken: Break, tmp_path: Path) -> None:
    write_events(tmp_path / "a.root")

    def scribble(raw: ak.Array, result: object) -> object:
        np.asarray(raw["pulse_height_adu"])[:] = 0
        return result

    broken(scribble)
    code, _, err = helioscope("run", write_job(tmp_path, "a.root"), "--out", tmp_path / "out")
    assert code == 6
    assert "read-only" in err


def test_a_plugin_cannot_disturb_the_random_state_of_others(
    helioscope: Cli, broken: Break, tmp_path: Path
) -> None:
    write_events(tmp_path / "a.root")
    drawn: list[float] = []

    def draw(raw: ak.Array, result: object) -> object:
        drawn.append(float(np.random.random()))  # noqa: NPY002
        return result

    broken(draw)
    np.random.seed(7)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    job = write_job(tmp_path, "a.root")
    assert helioscope("run", job, "--out", tmp_path / "one")[0] == 0
    assert np.random.random() == expected  # noqa: NPY002
    np.random.seed(99)  # noqa: NPY002
    assert helioscope("run", job, "--out", tmp_path / "two")[0] == 0
    assert drawn[0] == drawn[1]


def test_the_runs_of_other_detectors_are_finished(
    helioscope: Cli, broken: Break, tmp_path: Path
) -> None:
    write_events(tmp_path / "a.root")
    job = write_job(tmp_path, "a.root")
    job.write_text(
        job.read_text()
        + '[detectors.spare]\nplugin = "proportional-counter"\nsettings = { ev_per_adu = 3.0 }\n'
        + '[[runs]]\nname = "r2"\ndetector = "spare"\nfiles = ["a.root"]\n'
        + '[[runs]]\nname = "r3"\ndetector = "counter"\nfiles = ["a.root"]\n'
    )

    def crash_at_ten(raw: ak.Array, result: object) -> object:
        energies = np.asarray(result.observables["energy_kev"])  # type: ignore[attr-defined]
        if energies[0] > 5:
            raise ValueError("only the counter")
        return result

    broken(crash_at_ten)
    code, out, _ = helioscope("run", job, "--out", tmp_path / "out", "--json")
    states = {row["run"]: row["state"] for row in json.loads(out)}
    assert code == 6
    assert states == {"r1": "failed", "r2": "done", "r3": "failed"}
