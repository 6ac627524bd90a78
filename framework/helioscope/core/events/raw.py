"""The raw batches of a run: its files in order, each read by the source that knows it."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import awkward as ak

from helioscope.catalog.rows import FileRow
from helioscope.errors import InputError, UsageError, nearest
from helioscope.files import Snapshot, require_readable, require_unchanged, snapshot
from helioscope.io.sources import builtin_sources
from helioscope.job.plan import PlannedRun
from helioscope.model.schema import Schema, check
from helioscope.plugin import FILE_START, Mark, Source, SourceRequest
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


@dataclass(frozen=True)
class Position:
    """A border between two batches of a run, and what was read before it.

    Attributes
    ----------
    file, mark
        Which file goes on there, and where in it.
    events, batches
        How many of the run were read before.
    dropped
        The rest of that file is left out because something in it was bad.
    """

    file: int = 0
    mark: Mark = FILE_START
    events: int = 0
    batches: int = 0
    dropped: bool = False


@dataclass
class RawRun:
    """The raw side of one run.

    Attributes
    ----------
    skipped
        Filled while reading where bad files are to be skipped.
    schema
        What the batches hold, where that is not the detector's raw schema.
    reached
        How far the reading came.
    """

    planned: PlannedRun
    sources: Mapping[str, Source]
    max_bytes: int
    skip_bad: bool = False
    schema: Schema | None = None
    skipped: list[Skipped] = field(default_factory=list)
    reached: Position = field(default_factory=Position)
    _seen: dict[Path, Snapshot] = field(default_factory=dict)

    def batches(
        self, start: Position | None = None, stop: Position | None = None
    ) -> Iterator[ak.Array]:
        """Read the run, or what lies between two borders of it.

        Raises
        ------
        InputError
            Where a file is bad, or changed since the first look at it.
        """
        self.reached, self.skipped[:] = start or Position(), []
        end = stop or Position(len(self.planned.files))
        for number in range(self.reached.file, end.file + (end.mark.batch > 0)):
            if self.reached.file < number:
                self._reach(file=number, mark=FILE_START, dropped=False)
            if not self.reached.dropped:
                yield from self._part(end.mark.batch if number == end.file else None)
        if self.reached.file < end.file:
            self._reach(file=end.file, mark=FILE_START, dropped=False)

    def look(self, path: Path) -> Snapshot:
        """Look at a file; that it stays so is asked for when it has been read."""
        place = path.absolute()
        if place not in self._seen:
            self._seen[place] = snapshot(path)
        return self._seen[place]

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
            seen = self.look(row.path)
            require_unchanged(row.path, seen)
            require_unchanged(row.path, replace(seen, size=row.size, mtime_ns=row.mtime_ns))

    def _part(self, stop: int | None) -> Iterator[ak.Array]:
        """Read the file that was reached, from there to a batch or to its end."""
        path = self.planned.files[self.reached.file]
        first = self.reached.events - self.reached.mark.event
        before = self.look(path)
        try:
            for batch in self._file(path, first, stop):
                yield batch
                batches, events, _ = self.reached.mark
                self._reach(
                    mark=Mark(batches + 1, events + len(batch)),
                    events=self.reached.events + len(batch),
                    batches=self.reached.batches + 1,
                )
            require_unchanged(path, before)
        except InputError as error:
            if not self.skip_bad:
                raise
            self.skipped.append(Skipped(path, error.as_dict(), self.reached.events - first))
            self._reach(dropped=True)

    def _reach(self, **values: Any) -> None:
        self.reached = replace(self.reached, **values)

    def _file(self, path: Path, first: int, stop: int | None) -> Iterator[ak.Array]:
        mark = self.reached.mark
        request = replace(self.request(path, first), start=mark)
        batches = source_of(path, self.planned.source, self.sources).read(request)
        for batch in itertools.islice(batches, None if stop is None else stop - mark.batch):
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
        Where it cannot be read, or none or more than one recognises it.
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
    require_readable(path)
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
