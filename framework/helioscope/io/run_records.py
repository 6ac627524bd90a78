"""The record beside a run's products, looked at once, where it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from helioscope.errors import InputError

RECORD = "record.json"
#: Products of a run by kind, in the order in which they are made.
KINDS = ("events", "observables", "candidates", "live_time")


class _Product(BaseModel):
    file: str = Field(pattern=r"^[^/]+\.parquet$")
    rows: int
    schema_version: int
    sha256: str
    lineage: str


class _Products(BaseModel):
    events: _Product
    observables: _Product
    candidates: _Product
    live_time: _Product


class _Counts(BaseModel):
    events_read: int
    duplicates_rejected: int
    events: int
    accepted_by_tag: dict[str, int]
    events_with_quality_bit: dict[str, int]


class _Input(BaseModel):
    file: str
    sha256: str
    bytes: int


class _Fault(BaseModel):
    found: str


class _Skipped(BaseModel):
    file: str
    fault: _Fault


class _LiveTime(BaseModel):
    tag: str
    reason: str
    live_s: float


class _Timing(BaseModel):
    start: str = Field(alias="from")
    elapsed_s: float


class _Record(BaseModel):
    """What others take from a record; it tells more."""

    products: _Products
    lineage: dict[str, Any]
    warnings: list[str]
    inputs: list[_Input]
    skipped: list[_Skipped]
    counts: _Counts
    live_time: list[_LiveTime]
    timing: _Timing | None = None


def read_record(folder: Path) -> dict[str, Any]:
    """Read the record beside a run's products.

    Raises
    ------
    InputError
        Where there is none, or what is called so is none.
    """
    try:
        record: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        _Record.model_validate(record, strict=True)
    except (OSError, ValueError) as error:
        raise InputError(
            where=str(folder),
            found="no record.json" if isinstance(error, OSError) else f"record.json: {_why(error)}",
            expected="the folder of a run's products: OUT/RUN/DETECTOR",
            remedy="give the folder that 'helioscope run' wrote",
        ) from error
    return record


def _why(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else "it is no JSON object"
