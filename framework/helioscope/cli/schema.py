"""``helioscope schema``: the tables of every product and plugin, printed from the code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.output import json_option, print_json, print_table

if TYPE_CHECKING:
    from helioscope.model.schema import Schema
    from helioscope.registry import Registry


@click.command("schema")
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> None:
    """Print the columns of every product with type, unit and meaning; or those of NAME."""
    from helioscope import registry
    from helioscope.errors import UsageError, nearest

    found = registry.load()
    tables = dict(all_schemas(found)) | {"quality": None}
    if name is not None and name not in tables:
        raise UsageError(
            where=f"schema '{name}'", found="no such table", expected=nearest(name, list(tables))
        )
    chosen = {key: table for key, table in tables.items() if name in (None, key)}
    if as_json:
        print_json({k: _columns(t) if t else _bits(found) for k, t in chosen.items()})
        return
    for key, table in chosen.items():
        rows = _columns(table) if table else _bits(found)
        title = f"\n{key} (version {table.version})" if table else f"\n{key}"
        names = list(rows[0]) if rows else []
        print_table(title, names, [list(row.values()) for row in rows])


def all_schemas(registry: Registry) -> Iterator[tuple[str, Schema]]:
    """Give every table by name: the products, then those of each plugin."""
    from helioscope.model.products import PRODUCTS
    from helioscope.plugin import Calibrator, Detector, Simulator

    for schema in PRODUCTS:
        yield schema.name, schema
    for name, detector in registry.of(Detector).items():
        yield f"{name}.raw", detector.raw(detector.config())
        yield f"{name}.observables", detector.observables
    for name, calibrator in registry.of(Calibrator).items():
        yield f"{name}.table", calibrator.table
    for name, simulator in registry.of(Simulator).items():
        yield f"{name}.truth", simulator.truth


def _columns(schema: Schema) -> list[dict[str, Any]]:
    return [
        {"column": c.name, "type": c.type_name, "unit": c.unit, "meaning": c.meaning}
        for c in schema.columns
    ]


def _bits(registry: Registry) -> list[dict[str, Any]]:
    from helioscope.model.quality import COMMON
    from helioscope.plugin import Detector

    own = [(name, bit) for name, d in registry.of(Detector).items() for bit in d.quality]
    return [
        {"detector": owner, "bit": bit.bit, "name": bit.name, "excludes": bit.excludes,
         "meaning": bit.meaning}
        for owner, bit in [("all", bit) for bit in COMMON] + own
    ]  # fmt: skip
