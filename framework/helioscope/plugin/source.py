"""Raw file formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import awkward as ak

from helioscope.model.schema import Schema


class Mark(NamedTuple):
    """A border between two batches of a file, at which a reading may begin.

    Attributes
    ----------
    batch, event
        How many batches and events of the file lie before it.
    place
        Numbers of the source's own by which it gets there.
    """

    batch: int = 0
    event: int = 0
    place: tuple[int, ...] = ()


FILE_START = Mark()


@dataclass(frozen=True)
class SourceRequest:
    """What a source is asked to read.

    Attributes
    ----------
    schema
        The raw schema that its batches must keep.
    options
        The job's ``[source]`` table for this run: branch maps, header keys.
    batch_events
        Events to a batch at the most.
    max_bytes
        Memory that one batch may take; more ends in LimitError before it is taken.
    first_event_id
        Number of the file's first event where the file does not number its own.
    start
        Where the reading begins: the file's first event, or a mark that the source gave.
    """

    path: Path
    schema: Schema
    options: Mapping[str, Any]
    batch_events: int
    max_bytes: int
    first_event_id: int = 0
    start: Mark = FILE_START


@dataclass(frozen=True)
class Source:
    """A raw file format.

    Attributes
    ----------
    recognises
        Says by a look at the content, not at the name, whether a file is of this format.
    read
        Yields raw batches in the requested schema, in the order of the file.
    count
        Gives the number of events where the file tells it without a full pass, else None;
        for progress and for the check against the run record.
    marks
        Gives borders of batches from the file's first to its last, which stands behind all
        events, about so many bytes of the file apart; nothing where only a full pass would tell.
        From each but the last ``read`` can begin, and yields the batches that it yields from
        there on in a full pass.
    """

    name: str
    recognises: Callable[[Path], bool]
    read: Callable[[SourceRequest], Iterator[ak.Array]]
    count: Callable[[SourceRequest], int | None] = lambda _request: None
    description: str = ""
    marks: Callable[[SourceRequest, int], Sequence[Mark]] = lambda _request, _apart: ()


def even_marks(events: int, step: int, apart: int) -> list[Mark]:
    """Give the marks of a file whose batches hold ``step`` events each but the last.

    Parameters
    ----------
    apart
        Batches between two marks.
    """
    batches = -(-events // step)
    starts = range(0, batches, max(1, apart))
    return [*(Mark(batch, batch * step) for batch in starts), Mark(batches, events)]
