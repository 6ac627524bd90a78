"""Raw file formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak

from helioscope.model.schema import Schema


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
        Number of the first event where the file does not number its own.
    """

    path: Path
    schema: Schema
    options: Mapping[str, Any]
    batch_events: int
    max_bytes: int
    first_event_id: int = 0


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
    """

    name: str
    recognises: Callable[[Path], bool]
    read: Callable[[SourceRequest], Iterator[ak.Array]]
    count: Callable[[SourceRequest], int | None] = lambda _request: None
    description: str = ""
