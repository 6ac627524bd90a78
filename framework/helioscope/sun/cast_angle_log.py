"""The CAST angle-encoder log: one tab-separated file a day.

LabVIEW seconds since 1904-01-01 UTC, horizontal and vertical angle (deg), motor encoders, and
date and time of the local clock. A row in 10 minutes while parked, one in 0.5 to 1 s while moving.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError
from helioscope.model.time import NS_PER_S
from helioscope.sun.pointing_log import PointingRows

#: 1904-01-01 UTC to 1970-01-01 UTC, in seconds; LabVIEW counts no leap seconds.
LABVIEW_EPOCH_S = 2_082_844_800
HEADER = (
    "Timestamp",
    "Horizontal A.E.",
    "Vertical A.E.",
    "Horizontal M.E.",
    "Vertical M.E.",
    "Date",
    "Time",
)
#: The local clock shows whole seconds and is read a little later than the timestamp.
LOCAL_SLACK_S = 3


def recognises(head: bytes) -> bool:
    """Say from a file's first bytes whether it is such a log."""
    first = head.lstrip(b"\xef\xbb\xbf\r\n").split(b"\n", 1)[0].decode("latin-1")
    names = [cell.strip() for cell in first.split("\t")]
    return tuple(names[: len(HEADER)]) == HEADER


def read(path: Path) -> PointingRows:
    """Read one log.

    Raises
    ------
    InputError
        Where a row does not hold the seven columns or a number is none.
    """
    table = _table(path)
    labview = np.round(_numbers(table, 0, path) * 1000).astype(np.int64)
    time_ns = (labview - LABVIEW_EPOCH_S * 1000) * (NS_PER_S // 1000)
    doubted, notes = _doubted(time_ns, table, path)
    return PointingRows(
        time_ns, _numbers(table, 1, path), _numbers(table, 2, path), None, doubted, notes
    )


def _table(path: Path) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    text = pa.string()
    try:
        return csv.read_csv(
            path,
            read_options=csv.ReadOptions(
                skip_rows=1, column_names=list(HEADER), use_threads=False, encoding="latin-1"
            ),
            parse_options=csv.ParseOptions(delimiter="\t", ignore_empty_lines=True),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(HEADER, text)),
        )
    except pa.ArrowInvalid as error:
        raise InputError(
            where=str(path),
            found=f"not a CAST angle log throughout: {error}",
            expected="seven tab-separated columns in every row",
            remedy="cut the damaged rows out, or leave the file out: its time counts as no log",
        ) from error


def _numbers(table: Any, column: int, path: Path) -> NDArray[np.float64]:
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(table.column(column))
    try:
        values = pc.cast(trimmed, pa.float64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise InputError(
            where=f"{path}, column '{HEADER[column]}'", found=str(error), expected="a number"
        ) from error
    return np.ascontiguousarray(values, np.float64)


def _doubted(
    time_ns: NDArray[np.int64], table: Any, path: Path
) -> tuple[NDArray[np.bool_] | None, tuple[str, ...]]:
    """Compare the timestamps with the local clock: their difference has to be whole hours."""
    import pyarrow as pa
    import pyarrow.compute as pc

    date, clock = (pc.utf8_trim_whitespace(table.column(i)) for i in (5, 6))
    joined = pc.binary_join_element_wise(date, clock, " ")
    try:
        local = pc.strptime(joined, format="%d/%m/%Y %H:%M:%S", unit="s").cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise InputError(
            where=f"{path}, columns 'Date' and 'Time'",
            found=str(error),
            expected="dd/mm/yyyy and hh:mm:ss",
        ) from error
    ahead = np.ascontiguousarray(local.to_numpy(), np.int64) - time_ns // NS_PER_S
    hours = np.round(ahead / 3600).astype(np.int64)
    doubted = (np.abs(ahead - hours * 3600) > LOCAL_SLACK_S) | (hours < 0) | (hours > 2)
    seen = np.unique(hours[~doubted])
    notes: tuple[str, ...] = ()
    if seen.size > 1:
        notes = (f"{path.name}: the local clock changed its hour; the timestamps go on",)
    return (doubted if doubted.any() else None), notes
