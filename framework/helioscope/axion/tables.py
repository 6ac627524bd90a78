"""Tables of numbers from user files: CSV with named columns, checked before they are used."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError, nearest

Columns = dict[str, NDArray[np.float64]]


def read_columns(
    path: Path,
    required: tuple[str, ...],
    optional: tuple[str, ...] = (),
    empty: bool = False,
) -> Columns:
    """Read named columns of finite numbers from a CSV file.

    Lines that start with ``#`` are comments; the first other line names the columns, in any
    case. Columns that are not asked for are left alone.

    Parameters
    ----------
    path
        The file.
    required, optional
        Names of the columns; the optional ones are given back where the file has them.
    empty
        Whether the file may have no row.

    Returns
    -------
    dict
        Column name to float64 array, all of one length.

    Raises
    ------
    InputError
        Where the file is missing, lacks a column, has no row, or a field is no finite number.
    """
    rows = _rows(path)
    header = [name.strip().lower() for name in rows[0][1]] if rows else []
    for name in required:
        if name not in header:
            hint = nearest(name, header) if header else ""
            raise InputError(
                where=str(path),
                found=f"no column '{name}' ({hint})",
                expected=f"the columns {', '.join(required)}",
                remedy="name the columns in the first line of the file",
            )
    if len(rows) < 2 and not empty:
        raise InputError(where=str(path), found="no rows", expected="at least one row of numbers")
    wanted = [name for name in (*required, *optional) if name in header]
    table = np.array([_numbers(path, line, row, header, wanted) for line, row in rows[1:]], float)
    table = table.reshape(-1, len(wanted))
    return {name: np.ascontiguousarray(table[:, index]) for index, name in enumerate(wanted)}


def read_words(path: Path, optional: tuple[str, ...]) -> dict[str, list[str]]:
    """Read columns as they are written, of a file that `read_columns` has accepted.

    Parameters
    ----------
    path
        The file.
    optional
        Names of the columns; those that the file has are given back.
    """
    rows = _rows(path)
    header = [name.strip().lower() for name in rows[0][1]]
    return {
        name: [row[header.index(name)].strip() for _, row in rows[1:]]
        for name in optional
        if name in header
    }


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            where=str(path),
            found=f"the file cannot be read: {error.__class__.__name__}",
            expected="a CSV file in UTF-8",
            remedy="check the path; paths are relative to the file that names them",
        ) from error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    kept = [(number, line) for number, line in lines if not line.lstrip().startswith("#")]
    return [(number, next(csv.reader([line]))) for number, line in kept]


def _numbers(
    path: Path, line: int, row: list[str], header: list[str], wanted: list[str]
) -> list[float]:
    where = f"{path}, line {line}"
    if len(row) != len(header):
        raise InputError(
            where=where, found=f"{len(row)} fields", expected=f"{len(header)}: {', '.join(header)}"
        )
    values = []
    for name in wanted:
        field = row[header.index(name)].strip()
        try:
            value = float(field)
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            raise InputError(
                where=where, found=f"'{field}' in column {name}", expected="a finite number"
            )
        values.append(value)
    return values


def require_increasing(path: Path, name: str, values: NDArray[np.float64]) -> None:
    """Refuse a column that does not rise from row to row.

    Raises
    ------
    InputError
        Naming the first row that does not.
    """
    steps = np.diff(values)
    if (steps <= 0).any():
        row = int(np.argmax(steps <= 0)) + 1
        raise InputError(
            where=str(path),
            found=f"{name} {values[row]:g} after {values[row - 1]:g}",
            expected=f"{name} rising from row to row",
        )
