"""Where a run is cut into pieces: at borders of batches, about so many raw bytes apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helioscope.core.events.raw import Position, RawRun, source_of
from helioscope.core.jobs.workspace import Workspace
from helioscope.errors import InputError, LimitError
from helioscope.job.plan import PlannedRun
from helioscope.plugin import Mark


@dataclass(frozen=True)
class Piece:
    """A stretch of a run's batches.

    Attributes
    ----------
    number, of
        Which piece it is, and how many the run has.
    start
        Its events and batches are what the files before it announce.
    stop
        Its events and batches mean nothing; None at the end of the run.
    announced
        Whether every file before it says how many events and batches it holds: only then can
        the piece be made before those before it.
    """

    number: int
    of: int
    start: Position
    stop: Position | None
    announced: bool

    @property
    def events(self) -> int | None:
        """How many events it has, as far as the files announce it."""
        return self.stop.events - self.start.events if self.stop and self.announced else None

    def begins_at(self, reached: Position) -> Position:
        """Give its start with what was really read before it."""
        inside = self.start.mark.batch > 0
        return Position(
            self.start.file,
            self.start.mark,
            reached.events,
            reached.batches,
            dropped=reached.dropped and inside and reached.file == self.start.file,
        )


def cut(raw: RawRun, apart_bytes: int) -> list[Piece]:
    """Cut a run; one of few bytes is a single piece.

    Parameters
    ----------
    apart_bytes
        Bytes of raw data between two cuts, as nearly as the borders of batches allow.

    Raises
    ------
    InputError
        Where a file is not there.
    """
    files = raw.planned.files
    sizes = [raw.look(path).size for path in files]
    if sum(sizes) <= apart_bytes:
        return [Piece(0, 1, Position(), None, announced=True)]
    starts: list[tuple[Position, bool]] = []
    events, batches, announced, gathered = 0, 0, True, apart_bytes
    for number, (path, size) in enumerate(zip(files, sizes, strict=True)):
        marks = _marks(raw, path, apart_bytes) if announced or size > apart_bytes else ()
        inner = marks[:-1] or (Mark(),)
        for mark in inner:
            if gathered >= apart_bytes or mark.batch:
                here = Position(number, mark, events + mark.event, batches + mark.batch)
                starts.append((here, announced))
                gathered = 0
            gathered += size // len(inner)
        announced = announced and bool(marks)
        if marks:
            events, batches = events + marks[-1].event, batches + marks[-1].batch
    stops = [*(start for start, _ in starts[1:]), None]
    return [
        Piece(number, len(starts), start, stop, known)
        for number, ((start, known), stop) in enumerate(zip(starts, stops, strict=True))
    ]


def pieces_of(workspace: Workspace, planned: PlannedRun) -> tuple[Piece, ...]:
    """Cut a run beforehand; one that cannot be cut will say why when it is processed."""
    try:
        return tuple(cut(workspace.raw(planned), workspace.plan.piece_bytes))
    except InputError:
        return ()


def _marks(raw: RawRun, path: Path, apart_bytes: int) -> Sequence[Mark]:
    """Give the marks of a file; none of a bad one, of which the reading will say what is wrong."""
    try:
        source = source_of(path, raw.planned.source, raw.sources)
        return source.marks(raw.request(path, 0), apart_bytes)
    except (InputError, LimitError):
        return ()
