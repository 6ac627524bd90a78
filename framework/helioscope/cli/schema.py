"""``helioscope schema``: the tables of every product and plugin, printed from the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.output import json_option, print_json, print_table

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from helioscope.model.schema import Schema
    from helioscope.registry import Registry


@click.command("schema")
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> None:
    """Print the columns of every product with type, unit and meaning; or those of NAME.

    The settings of a plugin are printed where NAME is one of those that end in ``.settings``.
    """
    from helioscope import registry
    from helioscope.errors import UsageError, nearest

    found = registry.load()
    tables = {name: _columns(table) for name, table in all_schemas(found)}
    tables |= {"quality": _bits(found)} | dict(all_settings(found))
    if name is not None and name not in tables:
        raise UsageError(
            where=f"schema '{name}'", found="no such table", expected=nearest(name, list(tables))
        )
    chosen = {key: table for key, table in tables.items() if name in (None, key)}
    if as_json:
        print_json(chosen)
        return
    versions = {name: f" (version {table.version})" for name, table in all_schemas(found)}
    for number, (key, rows) in enumerate(chosen.items()):
        if number:
            click.echo()
        names = list(rows[0]) if rows else []
        print_table(f"{key}{versions.get(key, '')}", names, [list(row.values()) for row in rows])


def all_schemas(registry: Registry) -> Iterator[tuple[str, Schema]]:
    """Give every table by name: the products, then those of each plugin."""
    from helioscope.core.events.border import require_settings
    from helioscope.model.products import PRODUCTS
    from helioscope.plugin import Calibrator, Detector, Simulator

    for schema in PRODUCTS:
        yield schema.name, schema
    for name, detector in registry.of(Detector).items():
        config = detector.config()
        require_settings(detector, config)
        yield f"{name}.raw", detector.raw(config)
        yield f"{name}.observables", detector.observables
    for name, calibrator in registry.of(Calibrator).items():
        yield f"{name}.table", calibrator.table
    for name, simulator in registry.of(Simulator).items():
        yield f"{name}.truth", simulator.truth


def all_settings(registry: Registry) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Give the settings of every plugin by name: type, default and meaning of each."""
    from helioscope.plugin import Calibrator, Detector, Discriminator, Simulator

    detectors = registry.of(Detector)
    for name, detector in detectors.items():
        yield f"{name}.settings", _settings(detector.config)
    others: dict[str, Mapping[str, Discriminator | Calibrator | Simulator]] = {
        "discriminator": registry.of(Discriminator),
        "calibrator": registry.of(Calibrator),
        "simulator": registry.of(Simulator),
    }
    for kind, items in others.items():
        for name, item in items.items():
            yield f"{kind}.{name}.settings", _settings(item.config)


def _settings(model: type[BaseModel]) -> list[dict[str, Any]]:
    return [
        {
            "setting": name,
            "type": _type_name(field.annotation),
            "default": None if field.is_required() else _default(field),
            "meaning": field.description or "",
        }
        for name, field in model.model_fields.items()
    ]


def _type_name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _default(field: FieldInfo) -> Any:
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(field.get_default(call_default_factory=True))


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
