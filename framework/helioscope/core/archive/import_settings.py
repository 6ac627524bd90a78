"""The settings of an import, checked before any raw file is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from helioscope.core.events.border import require_settings
from helioscope.core.events.raw import all_sources
from helioscope.errors import UsageError, nearest
from helioscope.job.reading import validated
from helioscope.model.schema import Schema
from helioscope.model.toml_files import read_toml
from helioscope.plugin import Detector, Settings, Source, SourceRequest
from helioscope.registry import Registry


class ImportSettings(Settings):
    """The settings file of an import.

    Attributes
    ----------
    settings
        Of the detector.
    source
        Options of the sources, and the ``format`` where only one is to read the files.
    """

    settings: dict[str, Any] = Field(default_factory=dict)
    source: dict[str, Any] = Field(default_factory=dict)


def import_settings(path: Path | None, detector: str, registry: Registry) -> ImportSettings:
    """Read the settings of an import; the defaults where there is no file.

    Raises
    ------
    UsageError
        Where there is no such detector, setting, format or option, with the nearest name.
    PluginError
        Where the detector says for its settings what it may not.
    """
    values, text = read_toml(path) if path else ({}, "")
    where = str(path or "settings")
    asked = validated(ImportSettings, values, where=where, text=text)
    plugin = registry.find(Detector, detector)
    config = validated(plugin.config, asked.settings, where=where, text=text, at=("settings",))
    require_settings(plugin, config)
    if path is not None and asked.source:
        sources = named_sources(all_sources(registry), asked.source, where)
        _require_options(sources, asked.source, plugin.raw(config), path)
    return asked


def named_sources(
    sources: Mapping[str, Source], options: Mapping[str, Any], where: str = "import"
) -> dict[str, Source]:
    """Give the source that the options name, or all of them.

    Raises
    ------
    UsageError
        Where they name none that there is.
    """
    named = options.get("format")
    if named is None:
        return dict(sources)
    if str(named) not in sources:
        raise UsageError(
            where=f"{where}: source.format",
            found=f"no source is called '{named}'",
            expected=nearest(str(named), list(sources)),
        )
    return {str(named): sources[str(named)]}


def _require_options(
    sources: Mapping[str, Source], options: Mapping[str, Any], schema: Schema, path: Path
) -> None:
    """Refuse options that no source takes.

    A source says so when it begins to read, whatever the file; here it is the settings.
    """
    plain = {key: value for key, value in options.items() if key != "format"}
    refusals = []
    for source in sources.values():
        try:
            next(iter(source.read(SourceRequest(path, schema, plain, 1, 2**20))), None)
        except UsageError as refusal:
            refusals.append(f"{source.name}: {refusal.found}")
            continue
        except Exception:  # noqa: BLE001 - it took the options, and the file is none of its own
            return
        return
    raise UsageError(
        where=f"{path}: source",
        found="options that no source takes\n" + "\n".join(refusals),
        expected="options of the source that is to read the files",
        remedy="correct the table [source]",
    )
