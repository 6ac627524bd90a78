"""How results reach people and programs: tables or JSON on stdout, messages on stderr."""

from __future__ import annotations

import json
import math
import re
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from helioscope.terminal import plain

if TYPE_CHECKING:
    from helioscope.errors import HelioscopeError

_NOT_UTF8 = re.compile("[\ud800-\udfff]")

#: The option that every reading command has.
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")


def print_json(value: Any) -> None:
    r"""Print a value as JSON; NaN and infinities become null.

    A byte of a name that is not UTF-8 stands as the four characters ``\xff``.
    """
    text = json.dumps(_finite(value), indent=2, ensure_ascii=False)
    click.echo(_NOT_UTF8.sub(lambda found: "\\" + plain(found[0]), text))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table whose columns align; numbers stand on the right.

    A title that begins with a line break stands below an empty line.
    """
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for index, name in enumerate(columns):
        numeric = all(isinstance(row[index], int | float) for row in rows) and bool(rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*[plain(_cell(cell)) for cell in row])
    # Where nobody sets a width, lines may be as long as the table needs.
    width = None if sys.stdout.isatty() else 1000
    console = Console(width=width, markup=False, highlight=False, emoji=False)
    if title:  # not the table's own, which would be broken at the width of the table
        own_line = title.removeprefix("\n")
        click.echo("\n" * (title != own_line) + plain(own_line))
    with console.capture() as written:
        console.print(table, crop=False)
    for line in written.get().splitlines():
        click.echo(line.rstrip())


def message(text: str) -> None:
    """Say something to the person at the terminal, on stderr."""
    click.echo("\n".join(plain(line) for line in text.split("\n")), err=True)


def fault_message(fault: HelioscopeError, intro: str = "") -> None:
    """Say what went wrong line by line, with the traceback where ``--traceback`` asks for it."""
    if _traceback_wanted():
        for part in traceback.format_exception(fault):
            for line in part.splitlines():
                message(line)
    for line in f"helioscope: {intro}{fault}".splitlines():
        message(line)


def _traceback_wanted() -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.find_root().params.get("traceback"))


def _cell(cell: object) -> str:
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "tolist"):
        return _finite(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
