"""A stranger's detector, installed from its own project, through the whole framework."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from tests.integration.counter_runs import write_events, write_job

from helioscope.io.parquet import read_product
from helioscope.plugin import Reconstruct, Reconstructed, Run, Setup
from helioscope.testing import NonConformanceError, conformance

Cli = Callable[..., tuple[int, str, str]]

FOUR_EVENTS = ak.zip(
    {
        "event_id": np.arange(4),
        "time_ns": np.arange(4) * 1000,
        "pulse_height_adu": np.ones(4, np.float32),
    }
)


def test_it_is_listed_with_its_version_and_schemas(helioscope: Cli) -> None:
    code, out, _ = helioscope("plugins", "--json")
    rows = {row["name"]: row for row in json.loads(out)["plugins"]}
    assert code == 0
    assert rows["proportional-counter"]["distribution"] == "helioscope-proportional-counter"
    assert rows["proportional-counter"]["distribution_version"] == "0.3.0"
    assert {"ccd", "micromegas", "tpc"} <= set(rows)


def test_its_schema_is_printed(helioscope: Cli) -> None:
    code, out, _ = helioscope("schema", "proportional-counter.raw")
    assert code == 0
    assert "pulse_height_adu" in out
    assert "float32" in out


def test_a_run_of_it_ends_in_tagged_candidates_and_live_time(
    helioscope: Cli, tmp_path: Path
) -> None:
    write_events(tmp_path / "a.root")
    job = write_job(
        tmp_path, "a.root", more="start = 2004-05-01T04:00:00Z\nstop = 2004-05-01T04:00:30Z"
    )
    code, out, _ = helioscope("run", job, "--out", tmp_path / "out", "--json")
    (outcome,) = json.loads(out)
    assert (code, outcome["state"]) == (0, "done")
    assert outcome["counts"]["accepted_by_tag"] == {"background": 20, "tracking": 10}
    live = {row["tag"]: row["live_s"] for row in outcome["live_time"]}
    assert live == pytest.approx({"background": 20 - 0.02, "tracking": 10 - 0.01})
    candidates = read_product(tmp_path / "out/r1/counter/candidates.parquet")
    assert np.allclose(np.asarray(candidates["energy_kev"]), 6.0)
    assert set(candidates["run"].tolist()) == {"r1"}
    assert np.isnan(np.asarray(candidates["sun_offset_deg"])).all()


def test_it_keeps_what_every_detector_must_keep(
    external_plugin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(external_plugin))
    from proportional_counter import plugin

    (detector,) = plugin.helioscope_detectors()
    raw = ak.zip(
        {
            "event_id": np.arange(6),
            "time_ns": np.arange(6) * 1000,
            "pulse_height_adu": np.array([5, -1, 7, 8, 0, 9], np.float32),
        }
    )
    setup = Setup("counter", Run("r1", "science"), plugin.CounterSettings())
    conformance(detector, setup, raw)


def test_the_conformance_kit_notices_a_detector_that_cannot_read_a_selection(
    external_plugin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(external_plugin))
    from proportional_counter import plugin

    def reconstruction(setup: Setup) -> Reconstruct:
        inner = plugin.reconstruction(setup)

        def reconstruct(raw: ak.Array) -> Reconstructed:
            layout = ak.to_layout(raw["pulse_height_adu"])
            content = layout.content if layout.is_indexed else layout
            buffer = ak.Array(content[: len(raw)])
            return inner(ak.with_field(raw, buffer, "pulse_height_adu"))

        return reconstruct

    (detector,) = plugin.helioscope_detectors()
    raw = ak.zip(
        {
            "event_id": np.arange(4),
            "time_ns": np.arange(4) * 1000,
            "pulse_height_adu": np.arange(1, 5, dtype=np.float32),
        }
    )
    setup = Setup("counter", Run("r1", "science"), plugin.CounterSettings())
    with pytest.raises(NonConformanceError, match="a selection of the batch's events"):
        conformance(replace(detector, reconstruction=reconstruction), setup, raw)


def test_the_conformance_kit_notices_a_detector_that_remembers_earlier_batches(
    external_plugin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(external_plugin))
    from proportional_counter import plugin

    def reconstruction(setup: Setup) -> Reconstruct:
        inner, first = plugin.reconstruction(setup), []

        def reconstruct(raw: ak.Array) -> Reconstructed:
            first.extend(np.asarray(raw["time_ns"])[:1] if not first else ())
            since = np.asarray(raw["time_ns"]) - (first or [0])[0]
            place = since.astype(np.float32)
            result = inner(raw)
            return result._replace(observables=ak.with_field(result.observables, place, "x_mm"))

        return reconstruct

    (detector,) = plugin.helioscope_detectors()
    setup = Setup("counter", Run("r1", "science"), plugin.CounterSettings())
    with pytest.raises(NonConformanceError, match="what came before a border"):
        conformance(replace(detector, reconstruction=reconstruction), setup, FOUR_EVENTS)


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        ("kept['event_id']", "changed the result|not in the batch"),
        ("kept['time_ns']", "time_ns differs"),
    ],
)
def test_the_conformance_kit_notices_a_detector_that_breaks_a_promise(
    external_plugin: Path, monkeypatch: pytest.MonkeyPatch, broken: str, promise: str
) -> None:
    monkeypatch.syspath_prepend(str(external_plugin))
    from proportional_counter import plugin

    column = broken[6:-2]

    def reconstruction(setup: Setup) -> Reconstruct:
        inner = plugin.reconstruction(setup)

        def reconstruct(raw: ak.Array) -> Reconstructed:
            result = inner(raw)
            wrong = np.asarray(result.observables[column]) + len(raw) * 1000
            return result._replace(observables=ak.with_field(result.observables, wrong, column))

        return reconstruct

    (detector,) = plugin.helioscope_detectors()
    setup = Setup("counter", Run("r1", "science"), plugin.CounterSettings())
    with pytest.raises(NonConformanceError, match=promise):
        conformance(replace(detector, reconstruction=reconstruction), setup, FOUR_EVENTS)
