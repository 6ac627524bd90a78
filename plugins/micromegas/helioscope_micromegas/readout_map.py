"""The read-out map: which electronics channel reads which strip, as a calibration."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from helioscope.api import (
    Calibrated,
    Calibration,
    CalibrationInput,
    Calibrator,
    Column,
    InputError,
    LimitError,
    Schema,
    Settings,
    Source,
    SourceRequest,
    UsageError,
)

NAME = "micromegas-readout"
_MOST_BYTES = 16 << 20
_COLUMNS = {"channel": "daq_id", "axis": "axis", "position": "strip_pos_mm_in_module"}
_PLANE = "plane"

MAP = Schema(
    "micromegas_readout_map",
    1,
    (
        Column("channel", "int32", "", "Channel of the electronics.", minimum=0),
        Column("plane", "int32", "", "Read-out plane.", minimum=0),
        Column("axis", "int8", "", "0 measures x, 1 measures y.", minimum=0),
        Column("position_mm", "float64", "mm", "Centre of the strip in the detector."),
    ),
)


class ReadoutSettings(Settings):
    """How a map's positions become detector coordinates."""

    offset_mm: float = Field(default=0.0, description="Added to every position of the file.")


class AxisMap(NamedTuple):
    """The strips of one axis in the order of plane and position.

    ``position_mm`` float64 and ``plane`` int64 per strip; ``channel`` int32 likewise.
    """

    channel: NDArray[np.int32]
    position_mm: NDArray[np.float64]
    plane: NDArray[np.int64]


def recognises_map(path: Path) -> bool:
    """Say whether a file is a table of comma-separated text with the columns of a map."""
    with path.open("rb") as stream:
        head = stream.read(512)
    first = head.splitlines()[0] if head else b""
    names = first.decode("ascii", "replace").strip().split(",")
    return set(_COLUMNS.values()) <= set(names)


def read_map(request: SourceRequest) -> Iterator[ak.Array]:
    """Yield a read-out map as one batch.

    The options ``channel``, ``axis``, ``position`` and ``plane`` name the columns of the file.

    Raises
    ------
    InputError
        Where a column is missing or a value is not a number, with the line.
    LimitError
        Where the file is larger than any map.
    UsageError
        For an unknown option.
    """
    names = _column_names(request)
    if request.path.stat().st_size > _MOST_BYTES:
        raise LimitError(
            where=str(request.path),
            found=f"{request.path.stat().st_size} bytes",
            expected=f"a map of at most {_MOST_BYTES} bytes",
        )
    rows: list[tuple[int, int, int, float]] = []
    with request.path.open(encoding="utf-8", errors="replace", newline="") as stream:
        table = csv.DictReader(line for line in stream if not line.startswith("#"))
        rows.extend(_row(line, names, request.path, table.line_num) for line in table)
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    yield (
        ak.Array(
            {
                column.name: np.array(values, column.dtype)
                for column, values in zip(MAP.columns, columns, strict=True)
            }
        )
        if rows
        else MAP.empty()
    )


def _column_names(request: SourceRequest) -> dict[str, str]:
    known = {**_COLUMNS, "plane": _PLANE}
    options = {key: value for key, value in request.options.items() if key != "format"}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise UsageError(
            where=f"source of {request.path.name}",
            found=f"option {unknown[0]}",
            expected=f"one of {', '.join(known)}",
        )
    return {**known, **{key: str(value) for key, value in options.items()}}


def _row(
    line: Mapping[str, str | None], names: Mapping[str, str], path: Path, number: int
) -> tuple[int, int, int, float]:
    try:
        axis = "XY".index(str(line[names["axis"]]).strip().upper() or "?")
        position = float(str(line[names["position"]]))
        if not np.isfinite(position):
            raise ValueError(position)
        plane = int(line[names["plane"]] or 0) if names["plane"] in line else 0
        return int(str(line[names["channel"]])), plane, axis, position
    except (KeyError, ValueError) as error:
        raise InputError(
            where=f"{path}, line {number}",
            found=f"{type(error).__name__}: {error}",
            expected=f"columns {', '.join(names.values())} with numbers, axis X or Y",
            remedy="name the columns in the run's source, or correct the table",
        ) from None


def calibrate(config: ReadoutSettings, runs: Mapping[str, list[CalibrationInput]]) -> Calibrated:
    """Make the map from the tables of its runs, each channel once.

    Raises
    ------
    InputError
        Where a channel or a strip comes twice, or there is none.
    """
    tables = [batch for run in runs["readout"] for batch in run.batches()]
    table = ak.concatenate(tables) if tables else MAP.empty()
    channel = np.asarray(table["channel"])
    place = np.rec.fromarrays([table["plane"], table["axis"], table["position_mm"]])
    for values, what in ((channel, "channel"), (place, "strip")):
        unique, times = np.unique(values, return_counts=True)
        if not unique.size or times.max() > 1:
            raise InputError(
                where="read-out map",
                found=f"{what} {unique[times.argmax()]} twice" if unique.size else "no channel",
                expected=f"each {what} once",
                remedy="correct the table",
            )
    moved = np.asarray(table["position_mm"]) + config.offset_mm
    table = ak.with_field(table, moved, "position_mm")
    axes = np.asarray(table["axis"])
    summary: list[dict[str, Any]] = [
        {
            "axis": "xy"[axis],
            "strips": int((axes == axis).sum()),
            "first_mm": float(moved[axes == axis].min(initial=np.inf)),
            "last_mm": float(moved[axes == axis].max(initial=-np.inf)),
        }
        for axis in (0, 1)
        if (axes == axis).any()
    ]
    return Calibrated(table, summary)


def axis_maps(calibration: Calibration | None) -> tuple[AxisMap, AxisMap]:
    """Give the x and the y strips of a map; both empty without one."""
    if calibration is None:
        none = AxisMap(np.empty(0, np.int32), np.empty(0), np.empty(0, np.int64))
        return none, none
    table = calibration.table
    channel, plane = np.asarray(table["channel"]), np.asarray(table["plane"], np.int64)
    axis, position = np.asarray(table["axis"]), np.asarray(table["position_mm"])
    maps = []
    for number in (0, 1):
        mine = np.flatnonzero(axis == number)
        order = mine[np.lexsort((position[mine], plane[mine]))]
        maps.append(AxisMap(channel[order], position[order], plane[order]))
    return maps[0], maps[1]


READOUT = Calibrator(
    name=NAME,
    detector="micromegas",
    version=1,
    config=ReadoutSettings,
    run_kinds=("readout",),
    product="raw",
    table=MAP,
    calibration=calibrate,
    input=MAP,
    description="The map from electronics channels to strips, from a table of text.",
)

READOUT_MAP = Source(
    name="readout-map",
    recognises=recognises_map,
    read=read_map,
    description="Tables of comma-separated text: channel, plane, axis, position.",
)
