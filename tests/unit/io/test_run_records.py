"""The record beside a run's products is looked at where it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helioscope.errors import InputError
from helioscope.io.run_records import read_record

KINDS = ("events", "observables", "candidates", "live_time")


def record() -> dict[str, Any]:
    """Give a record with what others take from one."""
    about = {"rows": 0, "schema_version": 1, "sha256": "0", "lineage": "0"}
    return {
        "products": {kind: {"file": f"{kind}.parquet", **about} for kind in KINDS},
        "lineage": {}, "warnings": [], "inputs": [], "skipped": [], "live_time": [],
        "counts": {
            "events_read": 0, "duplicates_rejected": 0, "events": 0,
            "accepted_by_tag": {}, "events_with_quality_bit": {},
        },
        "state": "ok",
    }  # fmt: skip


def test_a_record_is_given_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(json.dumps(record()))
    assert read_record(tmp_path) == record()


OTHERS: list[tuple[Any, str]] = [
    ([], "it is no JSON object"),
    ({"a": 1}, "products: Field required"),
    (record() | {"counts": {}}, "counts.events_read: "),
    (record() | {"warnings": "none"}, "warnings: "),
    (record() | {"live_time": [{"tag": "background"}]}, "live_time.0.reason: "),
    (record() | {"timing": {"from": "raw", "elapsed_s": None}}, "timing.elapsed_s: "),
]


@pytest.mark.parametrize(("values", "why"), OTHERS)
def test_json_that_is_no_record_is_bad_input(tmp_path: Path, values: Any, why: str) -> None:
    (tmp_path / "record.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match=why):
        read_record(tmp_path)


def test_a_record_names_no_file_outside_its_folder(tmp_path: Path) -> None:
    values = record()
    values["products"]["events"]["file"] = "../events.parquet"
    (tmp_path / "record.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match=r"products\.events\.file"):
        read_record(tmp_path)
