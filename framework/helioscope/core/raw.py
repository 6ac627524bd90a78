"""The raw batches of a run: its files in order, each read by the source that knows it."""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import awkward as ak

from helioscope.catalog.rows import FileRow
from helioscope.errors import InputError, UsageError, nearest
from helioscope.files import Snapshot, require_unchanged, snapshot
from helioscope.io.sources import builtin_sources
from helioscope.job.plan import PlannedRun
from helioscope.model.schema import Schema, check
from helioscope.plugin import Source, SourceRequest
from helioscope.registry import Registry

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and what was wrong with it."""

    file: Path
    fault: Mapping[str, Any]
    events_used: int

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {"file": str(self.file), "fault": dict(self.fault), "events_used": self.events_used}


@dataclass
class RawRun:
    """The raw side of one run.

    Attributes
    ----------
    skipped
        Filled while reading where bad files are to be skipped.
    schema
        What the batches hold, where that is not the detector's raw schema.
    """

    planned: PlannedRun
    sources: Mapping[str, Source]
    max_bytes: int
    skip_bad: bool = False
    schema: Schema | None = None
    skipped: list[Skipped] = field(default_factory=list)
    events_read: int = 0
    _seen: dict[Path, Snapshot] = field(default_factory=dict)

    def batches(self) -> Iterator[ak.Array]:
        """Read the run from its first file to its last.

        Raises
        ------
        InputError
            Where a file is bad, or changed while it was read.
        """
        self.events_read, self.skipped[:] = 0, []
        for path in self.planned.files:
            before = self._seen[path.absolute()] = snapshot(path)
            first = self.events_read
            try:
                for batch in self._file(path):
                    yield batch
                    self.events_read += len(batch)
                require_unchanged(path, before)
            except InputError as error:
                if not self.skip_bad:
                    raise
                self.skipped.append(Skipped(path, error.as_dict(), self.events_read - first))

    def require_examined(self, files: Iterable[FileRow]) -> None:
        """Look once more at every file, before products are said to be made of them.

        Parameters
        ----------
        files
            The files as they were when their digests were taken, before or after the reading.

        Raises
        ------
        InputError
            Where one has another size or time now, or had when it was read.
        """
        for row in files:
            seen = self._seen.get(row.path) or snapshot(row.path)
            require_unchanged(row.path, seen)
            require_unchanged(row.path, replace(seen, size=row.size, mtime_ns=row.mtime_ns))

    def _file(self, path: Path) -> Iterator[ak.Array]:
        request = self.request(path, self.events_read)
        for batch in source_of(path, self.planned.source, self.sources).read(request):
            faults = check(batch, request.schema)
            if faults:
                raise InputError(
                    where=str(path),
                    found="; ".join(map(str, faults)),
                    expected=f"raw schema of detector '{self.planned.detector.detector.name}'",
                )
            yield batch

    def request(self, path: Path, first_event_id: int) -> SourceRequest:
        """Say what is wanted of one file."""
        entry = self.planned.detector
        options = {key: value for key, value in self.planned.source.items() if key != "format"}
        return SourceRequest(
            path=path,
            schema=self.schema or entry.detector.raw(entry.config),
            options=options,
            batch_events=entry.detector.batch_events(entry.config),
            max_bytes=self.max_bytes,
            first_event_id=first_event_id,
        )

    def count(self) -> int | None:
        """Give the number of events where every file tells it at a look."""
        total = 0
        for path in self.planned.files:
            try:
                source = source_of(path, self.planned.source, self.sources)
                number = source.count(self.request(path, 0))
            except InputError:
                return None  # reading will say what is wrong with the file, or skip it
            if number is None:
                return None
            total += number
        return total


def all_sources(registry: Registry) -> dict[str, Source]:
    """Give the built-in sources and those that plugins bring, by name."""
    brought = registry.of(Source)
    return {source.name: source for source in builtin_sources()} | brought


def source_of(path: Path, options: Mapping[str, Any], sources: Mapping[str, Source]) -> Source:
    """Find the source of a file: the one that the job names, else the one that recognises it.

    A file of no bytes, which shows no format, has a source that reads no event from it.

    Raises
    ------
    UsageError
        Where the job names a source that there is not.
    InputError
        Where none or more than one recognises the file.
    """
    named = options.get("format")
    if named is not None:
        if named not in sources:
            raise UsageError(
                where=f"source format '{named}'",
                found="no such source",
                expected=nearest(str(named), list(sources)),
            )
        return sources[named]
    found = [source for source in sources.values() if source.recognises(path)]
    if len(found) == 1:
        return found[0]
    if not found and not path.stat().st_size:
        return _EMPTY
    claims = ", ".join(source.name for source in found)
    raise InputError(
        where=str(path),
        found=f"recognised as {claims}" if found else "a format that no source recognises",
        expected=f"one of {', '.join(sorted(sources))}",
        remedy="name the format in the run's [runs.source] table",
    )


def _no_event(request: SourceRequest) -> Iterator[ak.Array]:
    logger.warning("%s: the file is empty, it holds no event", request.path)
    return iter(())


_EMPTY = Source("empty", lambda path: not path.stat().st_size, _no_event, lambda _request: 0)


def ahead(batches: Iterator[ak.Array], depth: int = 2) -> Iterator[ak.Array]:
    """Read ahead in a thread, so that reading and reconstruction overlap.

    At most ``depth`` batches wait; an error of the reader is raised where its batch would be.
    """
    waiting: queue.Queue[ak.Array | BaseException | None] = queue.Queue(depth)
    stop = threading.Event()

    def put(item: ak.Array | BaseException | None) -> None:
        while not stop.is_set():
            with contextlib.suppress(queue.Full):
                waiting.put(item, timeout=0.2)
                return

    def work() -> None:
        try:
            for batch in itertools.takewhile(lambda _: not stop.is_set(), batches):
                put(batch)
            put(None)
        except BaseException as error:  # noqa: BLE001 - raised again where the batch would be
            put(error)

    thread = threading.Thread(target=work, name="read-ahead", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
