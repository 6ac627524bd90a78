"""Plain tables as a TOML file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_toml(path: Path, tables: Mapping[str, Any]) -> None:
    """Write nested plain values as TOML.

    Texts that are dates in ISO 8601 with an offset are written as dates. None is left out,
    because TOML does not have it.
    """
    path.write_text("\n".join(_lines(tables, ())) + "\n", encoding="utf-8")


def _lines(table: Mapping[str, Any], place: tuple[str, ...]) -> list[str]:
    plain = {k: v for k, v in table.items() if not _is_table(v) and v is not None}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        here = (*place, key)
        name = ".".join(map(_key, here))
        if isinstance(value, Mapping):
            lines += ["", f"[{name}]", *_lines(value, here)]
        elif _is_table(value):
            for item in value:
                lines += ["", f"[[{name}]]", *_lines(item, here)]
    return lines


def _is_table(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(item, Mapping) for item in value)
    return isinstance(value, Mapping)


def _key(key: str) -> str:
    bare = key.replace("_", "").replace("-", "")
    return key if bare.isascii() and bare.isalnum() else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if _is_date(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, float | int):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    pairs = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None)
    return "{ " + pairs + " }" if pairs else "{}"


def _is_date(text: str) -> bool:
    return len(text) >= 20 and text[4:5] == "-" and text[10:11] == "T" and text.endswith("Z")
