"""``helioscope inspect``: what a file is and holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from helioscope.cli.output import json_option, print_json, print_table


@click.command("inspect")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
def command(path: Path, as_json: bool) -> None:
    """Say what PATH is and holds.

    PATH is a product, the folder of a run's products, a catalogue, the truth of a simulation,
    or a raw file.
    """
    from helioscope import registry
    from helioscope.core.views.inspection import inspected

    found = inspected(path, registry.load())
    if as_json:
        print_json(found)
        return
    simple = {key: value for key, value in found.items() if not isinstance(value, dict | list)}
    print_table("", ("what", "value"), list(simple.items()))
    for key, value in found.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            _show_rows(key, value)
        elif isinstance(value, dict) and value:
            print_table(f"\n{key}", ("name", "value"), [(k, _short(v)) for k, v in value.items()])


def _show_rows(title: str, rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    print_table(f"\n{title}", names, [[row.get(name, "") for name in names] for row in rows])


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
