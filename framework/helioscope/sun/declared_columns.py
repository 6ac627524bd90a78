"""Pointing from tables whose columns and time scale the user declares: CSV, Parquet, ROOT."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from helioscope.errors import InputError, nearest
from helioscope.model.settings import Settings
from helioscope.sun.pointing_log import NO_FIELD, NO_SOLAR_FLAG, VALVES_CLOSED, PointingRows
from helioscope.sun.time_scales import TimeScale, as_time_ns


class PointingColumns(Settings):
    """The columns of a table of one's own, by name.

    Attributes
    ----------
    time, horizontal, vertical
        Have to be there.
    field, valves, solar
        Magnet field (T), valves open (1 or true), solar tracking (1 or true); used where the
        table has them.
    time_scale
        What the time column counts; ``iso`` is text, in ``zone`` where it names no offset.
    zone
        ``UTC``, a fixed offset as ``+01:00``, or a name such as ``Europe/Zurich``.
    minimum_field_t
        Below it the magnet is not at field.
    """

    time: str = "time_ns"
    horizontal: str = "horizontal_deg"
    vertical: str = "vertical_deg"
    field: str = "magnet_field_t"
    valves: str = "valves_open"
    solar: str = "solar_tracking"
    time_scale: TimeScale = "unix_ns"
    zone: str = "UTC"
    minimum_field_t: float = Field(default=8.0, ge=0)

    @property
    def needed(self) -> tuple[str, str, str]:
        """The columns that a table must have."""
        return self.time, self.horizontal, self.vertical

    @property
    def wanted(self) -> tuple[str, ...]:
        """All columns that are read where they are there."""
        return (*self.needed, self.field, self.valves, self.solar)


def recognises_text(head: bytes, columns: PointingColumns) -> bool:
    """Say whether the first line of a text names the declared columns."""
    return _delimiter(head, columns) is not None


def recognises_parquet(head: bytes) -> bool:
    """Say whether it is Parquet; which columns it has is seen on reading."""
    return head.startswith(b"PAR1")


def recognises_root(head: bytes) -> bool:
    """Say whether it is ROOT; which trees it has is seen on reading."""
    return head.startswith(b"root")


def read_text(path: Path, columns: PointingColumns) -> PointingRows:
    """Read a table of text with a header line, separated by comma, semicolon or tab.

    Raises
    ------
    InputError
        Where a row has another number of cells or a number is none.
    """
    import pyarrow as pa
    from pyarrow import csv

    with path.open("rb") as file:
        delimiter = _delimiter(file.read(65_536), columns) or ","
    # read as text: a time with 19 digits must not pass through a float
    types = {columns.time: pa.string()} if columns.time_scale == "iso" else {}
    try:
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(use_threads=False),
            parse_options=csv.ParseOptions(delimiter=delimiter),
            convert_options=csv.ConvertOptions(column_types=types),
        )
    except pa.ArrowInvalid as error:
        raise InputError(
            where=str(path), found=str(error), expected="the same columns in every row"
        ) from error
    return _rows(_arrow_columns(table, columns), columns, path)


def read_parquet(path: Path, columns: PointingColumns) -> PointingRows:
    """Read a Parquet table.

    Raises
    ------
    InputError
        Where the file is damaged or a column is missing.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            present = [name for name in columns.wanted if name in file.schema_arrow.names]
            # one column after the other: a table and its copy at once would double the memory
            table = {
                name: file.read(columns=[name], use_threads=False).column(0).to_numpy()
                for name in present
            }
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(where=str(path), found=str(error), expected="whole Parquet") from error
    pa.default_memory_pool().release_unused()
    return _rows(table, columns, path)


def read_root(path: Path, columns: PointingColumns) -> PointingRows:
    """Read the first tree or RNTuple that has the declared branches.

    Raises
    ------
    InputError
        Where the file is damaged or no tree has them.
    """
    import uproot

    try:
        with uproot.open(path) as file:
            for name in file.keys(recursive=True, cycle=False):
                tree = file[name]
                found = list(tree.keys()) if hasattr(tree, "num_entries") else []
                if all(column in found for column in columns.needed):
                    present = [column for column in columns.wanted if column in found]
                    arrays = tree.arrays(present, library="np")
                    return _rows({n: arrays[n] for n in present}, columns, path)
    except (OSError, ValueError, KeyError, NotImplementedError, IndexError) as error:
        raise InputError(where=str(path), found=str(error), expected="whole ROOT") from error
    raise InputError(
        where=str(path),
        found="no tree with the declared branches",
        expected=", ".join(columns.needed),
    )


def _delimiter(head: bytes, columns: PointingColumns) -> str | None:
    first = head.decode("utf-8-sig", "replace").split("\n", 1)[0]
    for delimiter in ",;\t":
        names = [cell.strip().strip('"') for cell in first.split(delimiter)]
        if all(column in names for column in columns.needed):
            return delimiter
    return None


def _arrow_columns(table: Any, columns: PointingColumns) -> dict[str, Any]:
    present = [name for name in columns.wanted if name in table.column_names]
    return {name: table.column(name).to_numpy(zero_copy_only=False) for name in present}


def _rows(table: Mapping[str, Any], columns: PointingColumns, path: Path) -> PointingRows:
    for name in columns.needed:
        if name not in table:
            raise InputError(
                where=str(path),
                found=f"no column '{name}'",
                expected=", ".join(columns.needed),
                remedy="declare the columns; " + nearest(name, list(table)),
            )
    time_ns, doubted, notes = as_time_ns(
        table[columns.time], columns.time_scale, columns.zone, str(path)
    )
    return PointingRows(
        time_ns,
        _angles(table[columns.horizontal], columns.horizontal, path),
        _angles(table[columns.vertical], columns.vertical, path),
        _hindrance(table, columns),
        doubted,
        notes,
    )


def _angles(values: Any, name: str, path: Path) -> NDArray[np.float64]:
    try:
        return np.ascontiguousarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            where=f"{path}, column '{name}'", found=str(error), expected="numbers, in degrees"
        ) from error


def _hindrance(table: Mapping[str, Any], columns: PointingColumns) -> NDArray[np.uint8] | None:
    """Join the columns that can forbid tracking; what is not known (NaN) forbids it too."""
    code: NDArray[np.uint8] | None = None
    rules: tuple[tuple[str, int, Literal["flag", "field"]], ...] = (
        (columns.solar, NO_SOLAR_FLAG, "flag"),
        (columns.valves, VALVES_CLOSED, "flag"),
        (columns.field, NO_FIELD, "field"),
    )
    for name, number, kind in rules:
        if name not in table:
            continue
        values = np.asarray(table[name], np.float64)
        good = values == 1.0 if kind == "flag" else np.abs(values) >= columns.minimum_field_t
        if code is None:
            code = np.zeros(values.size, np.uint8)
        code[~good] = number
    return code
