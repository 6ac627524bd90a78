"""Plain values into frozen settings; every fault with its line and the nearest name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from helioscope.errors import UsageError, nearest

M = TypeVar("M", bound=BaseModel)
Place = tuple[str | int, ...]


def validated(
    model: type[M], values: Mapping[str, Any], *, where: str, text: str = "", at: Place = ()
) -> M:
    """Check plain values against a settings class.

    Parameters
    ----------
    model
        The settings class; it forbids unknown keys.
    values
        What the TOML holds, as plain Python values.
    where
        The file, for messages.
    text, at
        The TOML text and the place of ``values`` in it, to find the line of a fault.

    Raises
    ------
    UsageError
        Listing every fault at once, each with its line and, for a key, the nearest name.
    """
    try:
        # Through JSON, strict checks take what TOML can write: arrays for tuples, dates as text.
        return model.model_validate_json(json.dumps(values, default=_plain))
    except ValidationError as error:
        found = error.errors()
        # An array whose items are wrong is reported as too short as well: that says nothing.
        inner = {fault["loc"][:1] for fault in found if len(fault["loc"]) > 1}
        telling = [f for f in found if not (f["type"] == "too_short" and f["loc"] in inner)]
        faults = [_fault(model, dict(fault), text, at) for fault in telling]
        raise UsageError(
            where=where,
            found="\n".join(faults),
            remedy="correct the lines named; 'helioscope schema' prints every setting",
        ) from None


def _plain(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot stand in a settings file")


def _fault(model: type[BaseModel], fault: dict[str, Any], text: str, at: Place) -> str:
    place: Place = tuple(fault["loc"])
    name = ".".join(map(str, at + place)) or "(whole file)"
    line = line_of(text, at + place)
    prefix = f"line {line}: {name}: " if line else f"{name}: "
    if fault["type"] == "extra_forbidden":
        known = _known_keys(model, place[:-1])
        return f"{prefix}no such setting; {nearest(str(place[-1]), known)}"
    if fault["type"] == "missing":
        return f"{prefix}missing"
    return f"{prefix}{fault['msg']} (found {fault['input']!r})"


def _known_keys(model: type[BaseModel], place: Place) -> list[str]:
    """List the keys that a nested settings class knows; empty where the place is no class."""
    current: Any = model
    keyed = False
    for step in place:
        if isinstance(step, int) or keyed:  # an item of an array, or the name of a table
            keyed = False
            continue
        field = current.model_fields.get(step) if _is_model(current) else None
        annotation = field.annotation if field else None
        keyed = getattr(annotation, "__origin__", None) is dict
        current = _inner_model(annotation)
    return sorted(current.model_fields) if _is_model(current) else []


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _inner_model(annotation: Any) -> Any:
    """Take the settings class out of ``tuple[X, ...]``, ``dict[str, X]`` or ``X | None``."""
    if _is_model(annotation):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None


def line_of(text: str, place: Sequence[str | int]) -> int | None:
    """Find the line of a key in TOML text, or of the nearest table above it."""
    lines = text.splitlines()
    for depth in range(len(place), 0, -1):
        found = _exact_line(lines, list(place[:depth]))
        if found:
            return found
    return None


def _exact_line(lines: list[str], place: list[str | int]) -> int | None:
    table: list[str | int] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        header = re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line)
        key = re.match(r"\s*([\w.\"'-]+)\s*=", line)
        if header:
            table = _table_path(header[2], header[1] == "[[", seen)
            if table == place:
                return number
        elif key and [*table, *_split(key[1])] == place:
            return number
    return None


def _table_path(name: str, is_array: bool, seen: dict[str, int]) -> list[str | int]:
    """Give the path of a table header, with the index of each array of tables on the way."""
    parts = _split(name)
    if is_array:
        seen[name] = seen.get(name, -1) + 1
    path: list[str | int] = []
    for depth, part in enumerate(parts, start=1):
        path.append(part)
        index = seen.get(".".join(parts[:depth]))
        if index is not None:
            path.append(index)
    return path


def _split(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
