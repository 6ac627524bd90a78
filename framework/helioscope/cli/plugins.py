"""``helioscope plugins``: what is installed, and what did not load and why."""

from __future__ import annotations

from typing import Any

import click

from helioscope.cli.output import json_option, message, print_json, print_table


@click.command("plugins")
@json_option
def command(as_json: bool) -> None:
    """List the plugins with versions and schemas, and those that did not load."""
    from helioscope import registry

    found = registry.load()
    rows = [
        {"plugin": plugin.entry_point, "distribution": plugin.distribution,
         "distribution_version": plugin.distribution_version, **described(item)}
        for plugin in found.loaded
        for item in plugin.brought
    ]  # fmt: skip
    failures = [vars(failure) for failure in found.failures]
    if as_json:
        print_json({"plugins": rows, "failures": failures})
        return
    names = ("plugin", "kind", "name", "version", "detector", "schemas", "description")
    print_table("", names, [[row[name] for name in names] for row in rows])
    for failure in found.failures:
        message(f"did not load: {failure.entry_point} ({failure.distribution}): {failure.reason}")


def described(item: Any) -> dict[str, Any]:
    """Say in plain values what a plugin brings."""
    schemas = [
        f"{schema.name} {schema.version}"
        for schema in (getattr(item, name, None) for name in ("observables", "table", "truth"))
        if schema is not None
    ]
    return {
        "kind": type(item).__name__.lower(),
        "name": item.name,
        "version": getattr(item, "version", ""),
        "detector": getattr(item, "detector", ""),
        "schemas": ", ".join(schemas),
        "description": item.description,
    }
