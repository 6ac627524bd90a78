"""The option that names the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


def catalog_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--catalog``, refused before anything is made where it cannot be one."""
    return click.option(
        "--catalog",
        envvar="HELIOSCOPE_CATALOG",
        callback=_location,
        help="Catalogue: a SQLite file or the URL of a server; 'catalog.sqlite' in --out.",
    )(command)


def _location(_context: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    if given is not None:
        from helioscope.catalog.server_urls import require_location

        require_location(given)
    return given
