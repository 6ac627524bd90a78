"""Reading pointing logs of any known form, recognised by their content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from helioscope.errors import InputError
from helioscope.sun import cast_angle_log, cast_tracking_log, declared_columns
from helioscope.sun.clock import cleaned
from helioscope.sun.declared_columns import PointingColumns
from helioscope.sun.pointing_log import PointingLog, PointingRows, joined

HEAD_BYTES = 65_536


class Form(NamedTuple):
    """A form of pointing log: whether a file's head looks like it, and its reader."""

    recognises: Callable[[bytes, PointingColumns], bool]
    read: Callable[[Path, PointingColumns], PointingRows]


FORMS: dict[str, Form] = {
    "CAST angle log": Form(
        lambda head, _: cast_angle_log.recognises(head), lambda path, _: cast_angle_log.read(path)
    ),
    "CAST tracking log": Form(
        lambda head, _: cast_tracking_log.recognises(head),
        lambda path, _: cast_tracking_log.read(path),
    ),
    "Parquet": Form(
        lambda head, _: declared_columns.recognises_parquet(head), declared_columns.read_parquet
    ),
    "ROOT": Form(
        lambda head, _: declared_columns.recognises_root(head), declared_columns.read_root
    ),
    "table of text": Form(declared_columns.recognises_text, declared_columns.read_text),
}


def recognised(path: Path, columns: PointingColumns) -> str:
    """Name the form of a file.

    Raises
    ------
    InputError
        Where it cannot be read or is of no known form.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise InputError(where=str(path), found=str(error), expected="a pointing log") from error
    for name, form in FORMS.items():
        if form.recognises(head, columns):
            return name
    raise InputError(
        where=str(path),
        found="not recognised as a pointing log",
        expected="one of: " + ", ".join(FORMS) + f" with columns {', '.join(columns.needed)}",
        remedy="give the log in one of these forms, or declare its columns",
    )


def read_pointing_log(paths: Sequence[Path], columns: PointingColumns | None = None) -> PointingLog:
    """Read one or more files into one log, ordered and with its clock set right.

    Raises
    ------
    InputError
        Where a file cannot be read, is of no known form, or is damaged.
    """
    declared = columns or PointingColumns()
    files = [FORMS[recognised(path, declared)].read(path, declared) for path in paths]
    filled = [rows for rows in files if rows.time_ns.size]
    if not filled:
        return PointingLog.empty()
    filled.sort(key=lambda rows: int(rows.time_ns[0]))
    return cleaned(joined(filled))
