"""The CAST angle-encoder log: one tab-separated file a day.

LabVIEW seconds since 1904-01-01 UTC, horizontal and vertical angle (deg), motor encoders, and
date and time of the local clock. A row in 10 minutes while parked, one in 0.5 to 1 s while moving.
"""

from __future__ import annotations

import re
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
_ROW = re.compile(
    r"\s*\d+\.\d+\t\s*-?\d+\.\d+\t\s*-?\d+\.\d+\t\s*-?\d+\t\s*-?\d+\t"
    r"\s*\d\d/\d\d/\d{4}\t\s*\d\d:\d\d:\d\d\s*"
)
#: A whole row's cells, trimmed, as patterns that the columns' readers can take.
_CELLS = (r"^\d+(\.\d+)?$", r"^-?\d+(\.\d+)?$", r"^-?\d+(\.\d+)?$", None, None,
          r"^\d{2}/\d{2}/\d{4}$", r"^\d{2}:\d{2}:\d{2}$")  # fmt: skip
#: The local clock shows whole seconds and is read a little later than the timestamp.
LOCAL_SLACK_S = 3


def recognises(head: bytes) -> bool:
    """Say from a file's first bytes whether it is such a log, by its header or its first row."""
    first = head.lstrip(b"\xef\xbb\xbf\r\n").split(b"\n", 1)[0].decode("latin-1")
    return _is_header(first) or _ROW.fullmatch(first) is not None


def _is_header(line: str) -> bool:
    names = [cell.strip() for cell in line.split("\t")]
    return tuple(names[: len(HEADER)]) == HEADER


def read(path: Path) -> PointingRows:
    """Read one log; damaged rows are left out and counted.

    Raises
    ------
    InputError
        Where more rows are damaged than whole.
    """
    table, damaged = _whole_rows(path)
    whole = len(table[0])
    if damaged > whole:
        raise InputError(
            where=str(path),
            found=f"{damaged} damaged rows and {whole} whole ones",
            expected="seven tab-separated columns in every row",
        )
    notes = (f"{path.name}: {damaged} damaged rows: left out",) if damaged else ()
    labview = np.round(_numbers(table[0]) * 1000).astype(np.int64)
    time_ns = (labview - LABVIEW_EPOCH_S * 1000) * (NS_PER_S // 1000)
    doubted, met = _doubted(time_ns, table[5], table[6], path)
    return PointingRows(
        time_ns, _numbers(table[1]), _numbers(table[2]), None, doubted, (*notes, *met)
    )


def _whole_rows(path: Path) -> tuple[list[Any], int]:
    """Read the seven columns as trimmed text; also count the rows that are not whole."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    cut: list[int] = []

    def cut_short(row: Any) -> str:
        # a line of blanks, as at the end of some files, is no row
        if row.text.strip():
            cut.append(1)
        return "skip"

    with path.open(encoding="latin-1") as file:
        has_header = _is_header(file.readline().lstrip("\ufeff"))
    try:
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(
                skip_rows=int(has_header), column_names=list(HEADER), use_threads=False,
                encoding="latin-1",
            ),
            parse_options=csv.ParseOptions(
                delimiter="\t", quote_char=False, invalid_row_handler=cut_short
            ),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(HEADER, pa.string())),
        )  # fmt: skip
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return [pa.chunked_array([pa.array([], pa.string())])] * len(HEADER), 0
        raise InputError(where=str(path), found=str(error), expected="a CAST angle log") from error
    columns = [pc.utf8_trim_whitespace(table.column(i)) for i in range(len(HEADER))]
    whole = np.ones(table.num_rows, bool)
    for column, pattern in zip(columns, _CELLS, strict=True):
        if pattern:
            whole &= np.asarray(pc.match_substring_regex(column, pattern))
    keep = pa.array(whole)
    return [column.filter(keep) for column in columns], len(cut) + int((~whole).sum())


def _numbers(column: Any) -> NDArray[np.float64]:
    import pyarrow as pa
    import pyarrow.compute as pc

    return np.ascontiguousarray(pc.cast(column, pa.float64()).to_numpy(), np.float64)


def _doubted(
    time_ns: NDArray[np.int64], date: Any, clock: Any, path: Path
) -> tuple[NDArray[np.bool_] | None, tuple[str, ...]]:
    """Compare the timestamps with the local clock: their difference has to be whole hours."""
    import pyarrow as pa
    import pyarrow.compute as pc

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
