"""Events from ROOT trees, written by uproot for the test, and a real file of REST."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from helioscope.errors import InputError, UsageError
from helioscope.io.root_trees import SOURCE
from helioscope.model.products import RAW
from helioscope.model.schema import Column, Schema, check
from helioscope.plugin import Mark, SourceRequest
from helioscope.testing import source_conformance

STRIPS = RAW.extended(
    "strips_raw",
    1,
    (
        Column("x_strip", "int32", "", "Strip.", ("var",)),
        Column("x_charge_adu", "float32", "adu", "Charge.", ("var",)),
        Column("veto_adu", "float32", "adu", "Veto.", ("var",)),
        Column("pulse_adu", "int16", "adu", "Mesh pulse.", (8,)),
        Column("wave_adu", "int16", "adu", "Strip pulses.", ("var", 4)),
    ),
)
TYPES = {
    "event_id": "int64",
    "time_ns": "int64",
    "x_strip": "var * int32",
    "x_charge_adu": "var * float32",
    "veto_adu": "var * float32",
    "pulse_adu": "8 * int16",
    "wave_adu": "var * 4 * int16",
}


def events(number: int, seed: int = 1) -> ak.Array:
    random = np.random.default_rng(seed)
    counts, vetoes = random.integers(0, 6, number), random.integers(0, 3, number)

    def jagged(values: np.ndarray, lengths: np.ndarray) -> ak.Array:
        return ak.unflatten(values, lengths)

    total = int(counts.sum())
    waves = random.integers(-99, 99, (total, 4)).astype(np.int16)
    return ak.zip(
        {
            "event_id": np.arange(number) + 100,
            "time_ns": 1_083_387_600_000_000_000 + 1000 * np.arange(number),
            "x_strip": jagged(random.integers(0, 106, total).astype(np.int32), counts),
            "x_charge_adu": jagged(random.random(total).astype(np.float32), counts),
            "veto_adu": jagged(random.random(int(vetoes.sum())).astype(np.float32), vetoes),
            "pulse_adu": ak.Array(random.integers(-99, 99, (number, 8)).astype(np.int16)),
            "wave_adu": jagged(ak.to_regular(waves), counts),
        },
        depth_limit=1,
    )


def write(path: Path, batch: ak.Array, kind: str = "tree", names: tuple[str, ...] = ()) -> Path:
    fields = names or tuple(
        name for name in ak.fields(batch) if kind != "tree" or name != "wave_adu"
    )
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        make = file.mktree if kind == "tree" else file.mkrntuple
        written = make("events", {name: TYPES[name] for name in fields})
        for start in range(0, len(batch), 40):
            written.extend({name: batch[name][start : start + 40] for name in fields})
    return path


def only(schema: Schema, *left_out: str) -> Schema:
    return Schema(schema.name, 1, tuple(c for c in schema.columns if c.name not in left_out))


def request(path: Path, schema: Schema, **options: object) -> SourceRequest:
    return SourceRequest(path, schema, options, 30, 2**24)


def joined(asked: SourceRequest) -> ak.Array:
    batches = list(SOURCE.read(asked))
    for batch in batches:
        assert check(batch, asked.schema) == []
        assert len(batch) <= asked.batch_events
    return ak.concatenate(batches)


@pytest.mark.parametrize("kind", ["tree", "ntuple"])
def test_batches_join_to_what_was_written(tmp_path: Path, kind: str) -> None:
    schema = only(STRIPS, "wave_adu" if kind == "tree" else "pulse_adu")
    batch = events(100)[list(schema.names)]
    path = write(tmp_path / "run.root", batch, kind, schema.names)
    asked = request(path, schema)
    assert SOURCE.recognises(path)
    assert SOURCE.count(asked) == 100
    assert joined(asked).to_list() == batch.to_list()


@pytest.mark.parametrize("kind", ["tree", "ntuple"])
def test_reading_begins_at_any_mark(tmp_path: Path, kind: str) -> None:
    schema = only(STRIPS, "wave_adu" if kind == "tree" else "pulse_adu")
    path = write(tmp_path / "run.root", events(200), kind, tuple(schema.names))
    size = path.stat().st_size
    asked = replace(request(path, schema), batch_events=30, first_event_id=70)
    for apart, batches in ((1, range(7)), (size // 3, (0, 2, 4, 6)), (size, (0, 6))):
        marks = source_conformance(SOURCE, asked, apart)
        assert [mark.batch for mark in marks] == [*batches, 7]
    numbered = replace(asked, options={"number_events": True, "event_period_s": 0.5})
    assert len(source_conformance(SOURCE, numbered, 1)) == 8
    empty = write(tmp_path / "empty.root", events(0), kind, tuple(schema.names))
    assert source_conformance(SOURCE, replace(asked, path=empty), 1) == [Mark(0, 0)]


def test_fields_of_a_record_in_an_ntuple_are_branches(tmp_path: Path) -> None:
    schema = only(STRIPS, "wave_adu", "pulse_adu", "veto_adu")
    batch = events(70)
    hits = {"number": batch["x_strip"], "charge": batch["x_charge_adu"]}
    with uproot.recreate(tmp_path / "hits.root") as file:
        columns = {"event_id": batch["event_id"], "time_ns": batch["time_ns"]}
        file["events"] = columns | {"strip": ak.zip(hits)}
    path = tmp_path / "hits.root"
    branches = {"x_strip": "strip.number", "x_charge_adu": "strip.charge"}
    assert joined(request(path, schema, branches=branches)).to_list() == (
        batch[list(schema.names)].to_list()
    )
    whole = request(path, schema, branches=branches | {"x_strip": "strip"})
    with pytest.raises(InputError, match=r"x_strip: found .*number: int32.*, expected var"):
        joined(whole)


def test_branch_map_time_unit_and_numbers(tmp_path: Path) -> None:
    schema = only(STRIPS, "wave_adu", "pulse_adu", "veto_adu")
    path = tmp_path / "daq.root"
    with uproot.recreate(path) as file:
        tree = file.mktree(
            "daq", {"t": "float64", "sub": "int32", "strip": "var * int16", "q": "var * float64"}
        )
        tree.extend(
            {
                "t": np.array([0.5, 2.0]),
                "sub": np.array([7, 8], np.int32),
                "strip": ak.values_astype(ak.Array([[3, 4], []]), "int16"),
                "q": ak.Array([[1.5, 2.5], []]),
            }
        )
    batch = joined(
        request(
            path,
            schema,
            number_events=True,
            time_unit="s",
            nanosecond_branch="sub",
            start="2004-05-01T05:00:00Z",
            branches={"time_ns": "t", "x_strip": "strip", "x_charge_adu": "q"},
        )
    )
    start = 1_083_387_600_000_000_000
    assert batch.time_ns.to_list() == [start + 500_000_007, start + 2_000_000_008]
    assert batch.event_id.to_list() == [0, 1]
    assert batch.x_strip.to_list() == [[3, 4], []]
    assert batch.x_charge_adu.to_list() == [[1.5, 2.5], []]


def test_times_without_a_branch_come_from_start_and_period(tmp_path: Path) -> None:
    path = write(tmp_path / "run.root", events(5), names=("event_id", "veto_adu"))
    schema = only(STRIPS, "x_strip", "x_charge_adu", "pulse_adu", "wave_adu")
    asked = request(path, schema, start="2004-05-01T05:00:00Z", event_period_s=0.5)
    times = np.asarray(joined(asked).time_ns)
    assert (np.diff(times) == 500_000_000).all()
    assert times[0] == 1_083_387_600_000_000_000


def test_missing_and_wrong_branches_are_all_named(tmp_path: Path) -> None:
    path = write(
        tmp_path / "run.root", events(5), names=("event_id", "time_ns", "x_strip", "veto_adu")
    )
    schema = only(STRIPS, "wave_adu")
    with pytest.raises(InputError, match=r"x_charge_adu(.|\n)*pulse_adu"):
        joined(request(path, schema))
    with pytest.raises(InputError, match=r"x_strip: found var \* float32"):
        joined(
            request(
                path,
                only(schema, "pulse_adu", "x_charge_adu"),
                branches={"x_strip": "veto_adu"},
            )
        )
    with pytest.raises(InputError, match="did you mean 'events'"):
        joined(request(path, schema, tree="event"))
    with pytest.raises(UsageError, match="did you mean 'branches'"):
        joined(request(path, schema, branch={}))


def test_extra_branches_are_ignored_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "run.root", events(5))
    with caplog.at_level(logging.INFO):
        joined(request(path, RAW))
    assert "x_charge_adu" in caplog.text


def test_counts_that_disagree_are_refused_with_their_events(tmp_path: Path) -> None:
    schema = only(STRIPS, "wave_adu", "pulse_adu", "veto_adu")
    batch = events(100)
    charge = batch["x_charge_adu"].to_list()
    charge[41].append(1.0)
    charge[57].append(1.0)
    batch = ak.with_field(batch, ak.values_astype(ak.Array(charge), "float32"), "x_charge_adu")
    path = write(tmp_path / "run.root", batch, names=schema.names)
    with pytest.raises(InputError, match="events 41 to 57"):
        joined(request(path, schema))


@pytest.mark.skipif(
    "HELIOSCOPE_REALDATA" not in os.environ, reason="HELIOSCOPE_REALDATA is not set"
)
def test_real_file_of_rest_split_classes_and_a_tree_subclass() -> None:
    path = Path(os.environ["HELIOSCOPE_REALDATA"]) / "rest_root" / "v2.2.30_hits.root"
    event = "TRestRawSignalEventBranch"
    schema = RAW.extended(
        "signals",
        1,
        (
            Column("signal_id", "int32", "", "Channel.", ("var",)),
            Column("signal_adu", "int16", "adu", "Samples.", ("var", 512)),
        ),
    )
    batch = joined(
        SourceRequest(
            path,
            schema,
            {
                "tree": "EventTree",
                "time_unit": "s",
                "nanosecond_branch": f"{event}/TRestEvent/fEventTime.fNanoSec",
                "branches": {
                    "event_id": f"{event}/TRestEvent/fEventID",
                    "time_ns": f"{event}/TRestEvent/fEventTime.fSec",
                    "signal_id": f"{event}/fSignal/fSignal.fSignalID",
                    "signal_adu": f"{event}/fSignal/fSignal.fSignalData",
                },
            },
            3,
            2**26,
        )
    )
    with uproot.open(path) as file:
        samples = file["EventTree"][f"{event}/fSignal/fSignal.fSignalData"].array()
        assert batch["signal_adu"].to_list() == samples.to_list()
    assert len(batch) == 8
    mapped = {"event_id": "eventID", "time_ns": "timeStamp"}
    subclass = joined(request(path, RAW, tree="AnalysisTree", time_unit="s", branches=mapped))
    assert subclass.event_id.to_list() == batch.event_id.to_list()


WAVES = RAW.extended("waves", 1, (STRIPS["wave_adu"],))


def test_waveforms_one_after_another_are_cut_to_their_length(tmp_path: Path) -> None:
    path = tmp_path / "flat.root"
    samples = ak.Array([[0, 1, 2, 3, 4, 5, 6, 7], [], [8, 9, 10, 11]])
    columns = {"event_id": np.arange(3), "time_ns": np.arange(3), "wave_adu": samples}
    with uproot.recreate(path) as file:
        types = {"event_id": "int64", "time_ns": "int64", "wave_adu": "var * int16"}
        file.mktree("events", types).extend(columns)
    batch = joined(request(path, WAVES))
    assert batch["wave_adu"].to_list() == [[[0, 1, 2, 3], [4, 5, 6, 7]], [], [[8, 9, 10, 11]]]


def test_waveforms_that_are_cut_short_are_refused_with_their_event(tmp_path: Path) -> None:
    path = tmp_path / "short.root"
    samples = ak.Array([[0, 1, 2, 3], [4, 5, 6, 7, 8, 9, 10]])
    columns = {"event_id": np.arange(2), "time_ns": np.arange(2), "wave_adu": samples}
    with uproot.recreate(path) as file:
        types = {"event_id": "int64", "time_ns": "int64", "wave_adu": "var * int16"}
        file.mktree("events", types).extend(columns)
    with pytest.raises(InputError, match="7 numbers in event 1"):
        joined(request(path, WAVES))
