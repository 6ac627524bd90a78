"""Reading pointing logs of any known form, recognised by their content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from helioscope.errors import InputError
from helioscope.sun import cast_angle_log
from helioscope.sun.clock import cleaned
from helioscope.sun.pointing_log import PointingLog, PointingRows, joined

HEAD_BYTES = 65_536

#: name -> (does a file's head look like it, its reader)
FORMS: dict[str, tuple[Callable[[bytes], bool], Callable[[Path], PointingRows]]] = {
    "CAST angle log": (cast_angle_log.recognises, cast_angle_log.read),
}


def recognised(path: Path) -> str:
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
    for name, (recognises, _) in FORMS.items():
        if recognises(head):
            return name
    raise InputError(
        where=str(path),
        found="not recognised as a pointing log",
        expected="one of: " + ", ".join(FORMS),
        remedy="give the log in one of these forms",
    )


def read_pointing_log(paths: Sequence[Path]) -> PointingLog:
    """Read one or more files into one log, ordered and with its clock set right.

    Raises
    ------
    InputError
        Where a file cannot be read, is of no known form, or is damaged.
    """
    files = [FORMS[recognised(path)][1](path) for path in paths]
    filled = [rows for rows in files if rows.time_ns.size]
    if not filled:
        return cleaned(joined(files)) if files else PointingLog.empty()
    filled.sort(key=lambda rows: int(rows.time_ns[0]))
    return cleaned(joined(filled))
