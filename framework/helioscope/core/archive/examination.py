"""A look at a raw file: its format, its digest, the time of its first event."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from helioscope.catalog.imported_runs import Examined
from helioscope.catalog.rows import FileRow, State
from helioscope.core.archive.import_settings import named_sources
from helioscope.core.events.raw import all_sources
from helioscope.errors import HelioscopeError, InputError, PluginError
from helioscope.execution.engine import Engine
from helioscope.files import require_readable, require_unchanged, sha256_of, snapshot
from helioscope.job.reading import validated
from helioscope.model.schema import Schema
from helioscope.plugin import Detector, Source, SourceRequest
from helioscope.registry import load

_BATCH_BYTES = 256 * 2**20


@dataclass
class Examination:
    """Looks at one file after the other, in any process.

    Attributes
    ----------
    detector
        The registered detector whose raw events the files hold.
    settings
        Its settings, as plain values.
    times
        Read the time of the first event as well.
    """

    detector: str
    settings: Mapping[str, Any]
    options: Mapping[str, Any]
    times: bool = True
    _ready: dict[str, Any] = field(default_factory=dict, repr=False)

    def __call__(self, path: Path) -> Examined:
        """Look at a file; one that a source recognises but cannot read is bad, with the reason."""
        sources, schema = self._prepared()
        before = snapshot(path)
        require_readable(path)
        claims = [source for source in sources.values() if _recognised(source, path)]
        if not claims:
            return Examined(path, None)
        digest = sha256_of(path)
        require_unchanged(path, before)
        start_ns, reason = None, ""
        if self.times:
            try:
                start_ns = self._first_time(claims[0], path, schema)
            except HelioscopeError as fault:
                reason = f"{fault.found}; expected {fault.expected}"
        state: State = "bad" if reason else "ok"
        row = FileRow(path, before.size, before.mtime_ns, digest, state, reason)
        return Examined(path, row, start_ns)

    def _first_time(self, source: Source, path: Path, schema: Schema) -> int | None:
        options = {key: value for key, value in self.options.items() if key != "format"}
        request = SourceRequest(path, schema, options, 64, _BATCH_BYTES)
        for batch in source.read(request):
            if len(batch) and "time_ns" in batch.fields:
                return int(np.asarray(batch["time_ns"])[0])
        return None

    def _prepared(self) -> tuple[dict[str, Source], Schema]:
        if not self._ready:
            registry = load()
            self._ready["sources"] = named_sources(all_sources(registry), self.options)
            detector = registry.find(Detector, self.detector)
            config = validated(detector.config, self.settings, where="settings")
            self._ready["schema"] = detector.raw(config)
        return self._ready["sources"], self._ready["schema"]

    def __getstate__(self) -> dict[str, Any]:
        """Travel to another process without what was loaded."""
        return {**vars(self), "_ready": {}}


def examined_by(
    engine: Engine, examination: Examination, paths: Iterable[Path]
) -> Generator[Examined, None, None]:
    """Look at files by an engine. Close it, as `Engine.map`.

    Raises
    ------
    HelioscopeError
        Where the plugins or the settings are wrong. A file that cannot be read at all, or at
        which a plugin fails, is left out with the reason.
    """
    with closing(engine.map(examination, paths)) as outcomes:
        for outcome in outcomes:
            if outcome.result is not None:
                yield outcome.result
            elif isinstance(outcome.fault, InputError | PluginError):
                yield Examined(outcome.task, None, reason=outcome.fault.found)
            elif outcome.fault is not None:
                raise outcome.fault


def _recognised(source: Source, path: Path) -> bool:
    try:
        return source.recognises(path)
    except InputError:
        return False
