"""What every part of a plugin tells of itself: its name, its version, its class of settings."""

from __future__ import annotations

from typing import Any, Protocol

from helioscope.errors import UsageError
from helioscope.model.names import check_name
from helioscope.model.schema import Schema
from helioscope.model.settings import Settings


class Part(Protocol):
    """A part of a plugin that has settings and a version."""

    @property
    def name(self) -> str:
        """Its name, which may become a folder."""
        ...

    @property
    def version(self) -> int:
        """Counts up with every change of what it gives."""
        ...

    @property
    def config(self) -> type[Settings]:
        """The class of its settings."""
        ...


def require_identity(part: Part) -> None:
    """Refuse a part whose name, version or class of settings cannot be.

    Raises
    ------
    ValueError
        It says which, and what was found.
    """
    kind = type(part).__name__.lower()
    name: Any = part.name
    version: Any = part.version
    config: Any = part.config
    if not isinstance(name, str):
        raise ValueError(f"{kind}: the name is {name!r} instead of a str")
    try:
        check_name(name, kind)
    except UsageError as error:
        raise ValueError(f"{kind}: {error.found}; expected {error.expected}") from error
    if type(version) is not int or version < 1:
        raise ValueError(f"{kind} '{name}': version is {version!r} instead of an int >= 1")
    if not (isinstance(config, type) and issubclass(config, Settings)):
        raise ValueError(f"{kind} '{name}': config is {config!r} instead of a subclass of Settings")


def require_schema(part: Part, what: str, given: object) -> None:
    """Refuse what should be a schema and is none.

    Raises
    ------
    ValueError
        Where it is none.
    """
    if not isinstance(given, Schema):
        raise ValueError(
            f"{type(part).__name__.lower()} '{part.name}': {what} is {given!r} instead of a Schema"
        )
