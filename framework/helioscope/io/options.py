"""The ``[runs.source]`` table of a job as typed, checked options of a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from helioscope.errors import UsageError, nearest
from helioscope.plugin import Settings

S = TypeVar("S", bound=Settings)


def parse_options(kind: type[S], options: Mapping[str, Any], source: str) -> S:
    """Check the options of a source; ``format``, which chose it, is left out.

    Raises
    ------
    UsageError
        With every wrong option, and the nearest name for an unknown one.
    """
    given = {key: value for key, value in options.items() if key != "format"}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        faults = [_spelled(fault, list(kind.model_fields)) for fault in error.errors()]
        raise UsageError(
            where=f"options of source '{source}'",
            found="; ".join(faults),
            expected=f"options {', '.join(kind.model_fields)}",
            remedy="correct the run's [runs.source] table",
        ) from error


def _spelled(fault: Any, known: list[str]) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{name}: no such option, {nearest(name, known)}"
    return f"{name}: {fault['msg']}" if name else str(fault["msg"])
