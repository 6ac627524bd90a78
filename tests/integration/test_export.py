"""Products of a run, as the event loop writes them, in the formats of other tools."""

from __future__ import annotations

import csv
import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from astropy.io import fits
from click.testing import CliRunner

from helioscope.catalog.lineage import Lineage
from helioscope.cli.export import command
from helioscope.cli.main import main
from helioscope.core.events.live_time import LiveTime
from helioscope.core.events.loop import Chunk
from helioscope.core.events.tagging import Tagging
from helioscope.core.jobs.lineages import tags
from helioscope.core.runs.product_folder import ProductFolder
from helioscope.core.views.inspection import inspected
from helioscope.errors import InputError, UsageError
from helioscope.model.columns import batch_of, text_column
from helioscope.model.intervals import Intervals
from helioscope.model.products import CANDIDATES, EVENTS, OBSERVABLES
from helioscope.model.schema import Column, Schema
from helioscope.model.time import parse_iso
from helioscope.registry import Registry

START = parse_iso("2004-05-01T05:00:00Z")
FRAME_NS = 71_800_000
EVENT_COUNT = 600
TAGGING = Tagging.of(
    [
        (START + 10 * 10**9, START + 25 * 10**9, "tracking", ""),
        (START + 20 * 10**9, START + 21 * 10**9, "excluded", "door open"),
    ],
    "background",
)
SCHEMA = OBSERVABLES.extended(
    "strip_observables", 1, (Column("strip", "int16", "", "Strips.", ("var",)),)
)
SPAN = (START - 10**9, START + 50 * 10**9)
#: What a run adds to the record; nothing of it is exported but as it stands.
RECORD: dict[str, Any] = {
    "run": "r1", "detector": "strips",
    "state": "ok", "warnings": [], "inputs": [], "skipped": [], "live_time": [],
    "counts": {
        "events_read": EVENT_COUNT, "duplicates_rejected": 0, "events": EVENT_COUNT,
        "accepted_by_tag": {}, "events_with_quality_bit": {},
    },
}  # fmt: skip


def lineages(names: list[str]) -> dict[str, Lineage]:
    run = {"run": {"start_ns": SPAN[0], "stop_ns": SPAN[1]}}
    observables = Lineage("observables", 1, settings=run, inputs=("ab" * 32,))
    tagged = {"names": names, "tags": tags(TAGGING)}
    return {
        "events": observables,
        "observables": observables,
        "candidates": Lineage("candidates", 1, settings=tagged, parent=observables),
        "live_time": Lineage("live_time", 1, settings=tagged, parent=observables),
    }


@pytest.fixture(params=["framed", "triggered"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Products of one run, its live time added up by the event loop's own code."""
    random = np.random.default_rng(2)
    framed = request.param == "framed"
    times = START + FRAME_NS * np.arange(EVENT_COUNT)
    dead_s = np.where(random.random(EVENT_COUNT) < 0.3, random.random(EVENT_COUNT) * 0.07, 0.0)
    covered = np.full(EVENT_COUNT, FRAME_NS if framed else 0)
    events = batch_of(
        {
            "event_id": np.arange(EVENT_COUNT),
            "time_ns": times,
            "covered_ns": covered,
            "dead_s": dead_s,
            "quality": np.zeros(EVENT_COUNT, np.uint32),
        },
        EVENTS,
    )
    rows = np.flatnonzero(random.random(EVENT_COUNT) < 0.2)
    common = {
        "event_id": rows,
        "time_ns": times[rows],
        "x_mm": random.normal(size=rows.size),
        "y_mm": random.normal(size=rows.size),
        "energy_kev": random.uniform(1, 8, rows.size),
        "energy_err_kev": np.full(rows.size, 0.1),
        "quality": random.choice([0, 1 << 31, 128], rows.size),
    }
    strips = ak.values_astype(
        ak.unflatten(np.arange(2 * rows.size), np.full(rows.size, 2)), "int16"
    )
    labels = TAGGING.labels_at(times[rows])
    judged = {
        "run": text_column(["r1"], np.zeros(rows.size, np.int64)),
        "detector": text_column(["strips"], np.zeros(rows.size, np.int64)),
        "score": random.random(rows.size),
        "accepted": random.random(rows.size) < 0.5,
        "tag": text_column([tag for tag, _ in TAGGING.labels], labels),
        "sun_offset_deg": np.full(rows.size, np.nan),
    }
    live = LiveTime(TAGGING)
    live.add(times, covered, dead_s)
    table = live.rows("r1", "strips", None if framed else Intervals.of([SPAN]))
    path = tmp_path / "r1" / "strips"
    with ProductFolder(path, SCHEMA) as products:
        products.write(
            Chunk(
                EVENT_COUNT,
                events,
                batch_of({**common, "strip": strips}, SCHEMA),
                batch_of({**common, **judged}, CANDIDATES),
            )
        )
        products.finish(table, lineages(["r1", "strips"]), RECORD)
    return path


def export(folder: Path, out: Path, *options: str) -> list[dict[str, object]]:
    arguments = [str(folder), "--out", str(out), "--json", *options]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    rows: list[dict[str, object]] = json.loads(done.stdout)
    return rows


def test_ogip_files_pass_their_checksums_and_their_good_times_are_the_live_time(
    folder: Path, tmp_path: Path
) -> None:
    written = export(folder, tmp_path, "--format", "ogip")
    live = {row["tag"]: row["live_s"] for row in _record(folder, "live_time")}
    candidates = _record(folder, "candidates")
    assert [row["content"] for row in written] == ["background", "tracking"]
    for row in written:
        tag = row["content"]
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # astropy only warns of a wrong checksum
            with fits.open(str(row["file"]), checksum=True) as file:
                file.verify("exception")
                events, gti, header = file["EVENTS"].data, file["GTI"].data, file["GTI"].header
                expected = [c for c in candidates if c["tag"] == tag]
                assert (gti["STOP"] - gti["START"]).sum() == pytest.approx(live[tag], abs=1e-6)
                assert header["LIVETIME"] == pytest.approx(live[tag], abs=1e-9 * len(gti) + 1e-8)
                assert events["EVENT_ID"].tolist() == [c["event_id"] for c in expected]
                assert events["QUALITY"].tolist() == [c["quality"] for c in expected]
                assert events["PI"][0] == int(expected[0]["energy_kev"] / 0.01)
                inside = [((gti["START"] <= t) & (t < gti["STOP"])).any() for t in events["TIME"]]
                # a triggered event may come while the one before it is still dead time
                assert np.mean(inside) > (0.8 if folder_is_triggered(folder) else 0.999)
                assert header["TIMESYS"] == "TT"
                assert header["HDUCLAS1"] == "GTI"


def test_ogip_times_are_the_candidates_times(folder: Path, tmp_path: Path) -> None:
    """Against astropy's own time scales."""
    from astropy.time import Time

    written = export(folder, tmp_path, "--format", "ogip", "--accepted")
    expected = [
        c for c in _record(folder, "candidates") if c["tag"] == "tracking" and c["accepted"]
    ]
    with fits.open(str(written[1]["file"])) as file:
        header, events = file["EVENTS"].header, file["EVENTS"].data
        assert events["ACCEPTED"].all()
        reference = header["MJDREFI"] + header["MJDREFF"]
        seconds = Time(reference, events["TIME"] / 86400, format="mjd", scale="tt").utc.unix
    assert seconds == pytest.approx([c["time_ns"] / 1e9 for c in expected], abs=1e-6)


def test_the_same_products_give_the_same_ogip_bytes(folder: Path, tmp_path: Path) -> None:
    first, second = (
        [
            Path(str(row["file"])).read_bytes()
            for row in export(folder, tmp_path / name, "--format", "ogip")
        ]
        for name in ("a", "b")
    )
    assert first == second


def test_root_trees_hold_the_same_rows_and_the_lineage(folder: Path, tmp_path: Path) -> None:
    written = export(folder, tmp_path)
    with uproot.open(str(written[0]["file"])) as file:
        for name in ("events", "observables", "candidates", "live_time"):
            assert file.classnames()[f"{name};1"] == "TTree"
            tree = file[name]
            expected = _record(folder, name)
            keys = list(expected[0])
            assert ak.array_equal(
                tree.arrays(keys)[keys], ak.Array(expected)[keys], equal_nan=True, dtype_exact=False
            )
            metadata = json.loads(str(file[f"{name}_metadata"]))
            assert metadata["lineage"] == lineages(["r1", "strips"])[name].as_dict()
        assert json.loads(str(file["record"]))["state"] == "ok"


def test_csv_holds_the_same_rows(folder: Path, tmp_path: Path) -> None:
    written = export(folder, tmp_path, "--format", "csv", "--product", "observables")
    path = Path(str(written[0]["file"]))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected = _record(folder, "observables")
    assert len(rows) == len(expected)
    assert json.loads(rows[0]["strip"]) == expected[0]["strip"]
    assert float(rows[3]["energy_kev"]) == pytest.approx(expected[3]["energy_kev"], rel=1e-6)
    about = json.loads(path.with_name(path.name + ".json").read_text())
    assert about["lineage"]["inputs"] == ["ab" * 32]


def test_a_list_of_csv_is_json_where_a_number_is_not_finite(folder: Path, tmp_path: Path) -> None:
    from helioscope.io.csv_export import write_csv
    from helioscope.io.parquet import ProductWriter

    times = Column("anode_time_us", "float32", "us", "Times.", ("var", "var"))
    values = ak.values_astype(ak.Array([[[1.5, np.nan], []], [[-np.inf]]]), "float32")
    with ProductWriter(tmp_path / "a.parquet", Schema("times", 1, (times,)), {}) as writer:
        writer.write(ak.zip({"anode_time_us": values}, depth_limit=1))
    write_csv(tmp_path / "a.csv", tmp_path / "a.parquet")
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = [json.loads(row["anode_time_us"]) for row in csv.DictReader(file)]
    assert rows == [[[1.5, None], []], [[None]]]


def test_the_lineage_in_an_ogip_file_is_that_of_the_candidates_whatever_the_record_says(
    folder: Path, tmp_path: Path
) -> None:
    record = json.loads((folder / "record.json").read_text())
    record["products"]["candidates"]["lineage"] = "e" * 64
    (folder / "record.json").write_text(json.dumps(record))
    written = export(folder, tmp_path, "--format", "ogip")
    header = fits.getheader(str(written[0]["file"]), "EVENTS")
    assert header["LINEAGE"] == lineages(["r1", "strips"])["candidates"].digest


@pytest.mark.parametrize(
    ("product", "run", "gain"),
    [("candidates", "r2", 1), ("candidates", "r1", 2), ("events", "r1", 2)],
)
@pytest.mark.parametrize("form", ["root", "csv", "ogip"])
def test_products_that_were_not_made_together_are_not_exported(
    folder: Path, tmp_path: Path, product: str, run: str, gain: int, form: str
) -> None:
    from helioscope.io.parquet import ProductWriter, read_header, read_product

    path = folder / f"{product}.parquet"
    table, schema = read_product(path), read_header(path).schema
    lineage = lineages([run, "strips"])[product].as_dict()
    if gain == 2:
        (lineage["parent"] or lineage)["settings"]["detector"] = {"gain": gain}
    with ProductWriter(path, schema, {"lineage": lineage}) as writer:
        writer.write(table)
    with pytest.raises(InputError, match="of another run, or of another processing"):
        export(folder, tmp_path / "new", "--format", form)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["run", "detector"])
def test_the_record_of_another_run_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    record = json.loads((folder / "record.json").read_text()) | {name: "other"}
    (folder / "record.json").write_text(json.dumps(record))
    for form in ("root", "csv", "ogip"):
        with pytest.raises(InputError, match="that of r1, strips"):
            export(folder, tmp_path / "new", "--format", form)
    assert not (tmp_path / "new").exists()
    with pytest.raises(InputError, match="that of r1, strips"):
        inspected(folder, Registry())


def test_a_folder_without_products_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="OUT/RUN/DETECTOR"):
        CliRunner().invoke(command, [str(tmp_path)], catch_exceptions=False)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "csv", "--accepted"), "--accepted: --format csv"),
        (("--telescope", "CAST"), "--telescope: --format root"),
        (("--format", "ogip", "--product", "events"), "--product: --format ogip"),
        (("--format", "ogip", "--telescope", "Ωmega"), "printable ASCII"),
        (("--format", "ogip", "--telescope", "CAST\n"), "printable ASCII"),
    ],
)
def test_an_option_that_would_do_nothing_or_harm_is_refused(
    folder: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    with pytest.raises(UsageError) as fault:
        CliRunner().invoke(
            command, [str(folder), "--out", str(tmp_path / "new"), *options], catch_exceptions=False
        )
    assert said in str(fault.value)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("form", ["root", "csv", "ogip"])
def test_products_of_one_run_do_not_take_one_anothers_place(
    folder: Path, tmp_path: Path, form: str
) -> None:
    other = shutil.copytree(folder, tmp_path / "tags/v2/r1/strips")
    arguments = [str(folder), str(other), "--out", str(tmp_path / "new"), "--format", form]
    with pytest.raises(UsageError, match="both would be written as r1_strips"):
        CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert not (tmp_path / "new").exists()


def test_a_run_without_good_time_is_said(folder: Path, tmp_path: Path) -> None:
    from helioscope.io.parquet import ProductWriter, read_header, read_product

    path = folder / "live_time.parquet"
    table, header = read_product(path), read_header(path)
    with ProductWriter(path, header.schema, header.metadata) as writer:
        writer.write(table[table["tag"] == "excluded"])
    arguments = [str(folder), "--out", str(tmp_path / "new"), "--format", "ogip"]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert "no live time of background or tracking, so no file" in done.stderr


def test_terminal_codes_in_a_name_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["export", str(tmp_path / "\x1b[31mred\x07")])
    assert left.value.code == 4
    told = capsys.readouterr().err
    assert "\\x1b[31mred" in told
    assert "\x1b" not in told
    assert "\x07" not in told


def test_live_time_of_another_run_is_refused(folder: Path, tmp_path: Path) -> None:
    from helioscope.io.parquet import ProductWriter, read_header, read_product

    path = folder / "live_time.parquet"
    table, metadata = read_product(path), read_header(path).metadata
    more = ak.with_field(table, table["live_s"] * 0.5, "live_s")
    with ProductWriter(path, read_header(path).schema, metadata) as writer:
        writer.write(more)
    arguments = [str(folder), "--out", str(tmp_path), "--format", "ogip"]
    with pytest.raises(InputError, match="live time"):
        CliRunner().invoke(command, arguments, catch_exceptions=False)


def folder_is_triggered(folder: Path) -> bool:
    return not any(event["covered_ns"] for event in _record(folder, "events"))


def _record(folder: Path, product: str) -> list[dict[str, object]]:
    from helioscope.io.parquet import read_product

    rows: list[dict[str, object]] = read_product(folder / f"{product}.parquet").to_list()
    return rows
