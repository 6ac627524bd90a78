"""The folder of a run's pieces, beside that of its products until these are there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from helioscope.catalog.lineage import Lineage
from helioscope.core.events.loop import BatchResult
from helioscope.core.events.raw import Position, RawRun
from helioscope.core.runs.pieces.begun import about_piece, piece_folder, require_same
from helioscope.core.runs.pieces.cuts import Piece
from helioscope.core.runs.placing import require_real
from helioscope.errors import InputError
from helioscope.files import marks_of_change
from helioscope.io.parquet import ProductWriter, read_header, read_product
from helioscope.model.columns import batch_of
from helioscope.model.products import EVENTS
from helioscope.model.schema import Schema

#: One row a raw event, those that come twice too: only the run as a whole knows them.
RAW_EVENTS = Schema(
    "raw_events", 1, tuple(column for column in EVENTS.columns if column.name != "covered_ns")
)
_EVENTS, _OBSERVABLES = "events", "observables"


@dataclass(frozen=True)
class Kept:
    """A piece that is kept: where it ended, the bad files in it, its batches.

    Attributes
    ----------
    batches
        Raw events and rows of observables of each.
    """

    end: Position
    skipped: list[dict[str, Any]]
    batches: list[tuple[int, int]]


class PieceFolder:
    """The pieces of one run.

    Parameters
    ----------
    folder
        Of the run's products.
    lineage
        Gives the lineage of the run's candidates, by which pieces are known, after a look at the
        inputs; it is asked for when a piece is there, and whenever one is finished.
    """

    def __init__(self, folder: Path, observables: Schema, lineage: Callable[[], Lineage]) -> None:
        self.products = folder
        self.folder = piece_folder(folder)
        self.schemas = {_EVENTS: RAW_EVENTS, _OBSERVABLES: observables}
        self._lineage = lineage

    @cached_property
    def lineage(self) -> Lineage:
        """What decides the bytes of the pieces."""
        return self._lineage()

    def require_same(self, replace_other: bool = False) -> None:
        """Refuse pieces that were made in another way, or take them away, as `begun` does."""
        require_same(self.products, _EVENTS, lambda: self.lineage, replace_other)

    def find(self, piece: Piece, start: Position, raw: RawRun) -> Kept | None:
        """Find a piece that is there, whole, made from this start on and of these files.

        They must not have been touched since: a content that changed while size and time stayed
        is noticed when a run is put together, and may have been put back before that.
        """
        values = about_piece(self._path(piece, _EVENTS))
        wanted = [_plain(start), _plain(piece.stop), _touched(raw)]
        if values is None or [values.get(key) for key in ("start", "stop", "files")] != wanted:
            return None
        file, events, batches, dropped = values["end"]
        mark = piece.stop.mark if piece.stop else start.mark
        return Kept(
            Position(file, mark, events, batches, dropped=dropped),
            list(values["skipped"]),
            [(events, rows) for events, rows in values["batches"]],
        )

    def results(self, piece: Piece, start: Position, kept: Kept) -> list[BatchResult]:
        """Read what was made of the batches of a piece.

        Raises
        ------
        InputError
            Where a file of it is damaged, or of another way of making it.
        """
        events, rows = (self._read(piece, kind) for kind in self.schemas)
        if (len(events), len(rows)) != tuple(map(sum, zip((0, 0), *kept.batches, strict=True))):
            raise InputError(where=str(self._path(piece, _OBSERVABLES)), found="other rows")
        columns = {name: np.asarray(events[name]) for name in RAW_EVENTS.names}
        results, event, row = [], 0, 0
        for number, (of_events, of_rows) in enumerate(kept.batches, start.batches):
            here = {name: column[event : event + of_events] for name, column in columns.items()}
            results.append(BatchResult(number, **here, observables=rows[row : row + of_rows]))
            event, row = event + of_events, row + of_rows
        return results

    def _read(self, piece: Piece, kind: str) -> ak.Array:
        path = self._path(piece, kind)
        found = read_header(path).metadata["lineage"]
        if found != self.lineage.as_dict():
            raise InputError(where=str(path), found="a piece made in another way")
        return read_product(path, self.schemas[kind])

    def keeping(
        self, piece: Piece, start: Position, raw: RawRun, results: Iterator[BatchResult]
    ) -> Iterator[BatchResult]:
        """Pass on what is made of a piece's batches, and keep it when its end is reached."""
        require_real(self.folder)
        batches: list[tuple[int, int]] = []
        files = _touched(raw)
        writers = {
            kind: ProductWriter(self._path(piece, kind), schema, {})
            for kind, schema in self.schemas.items()
        }
        try:
            for batch in results:
                columns = {name: getattr(batch, name) for name in RAW_EVENTS.names}
                writers[_EVENTS].write(batch_of(columns, RAW_EVENTS))
                writers[_OBSERVABLES].write(batch.observables)
                batches.append((len(batch.event_id), len(batch.observables)))
                yield batch
            end, lineage = raw.reached, {"lineage": self._lineage().as_dict()}
            about = {
                "start": _plain(start),
                "stop": _plain(piece.stop),
                "files": files,
                "end": [end.file, end.events, end.batches, end.dropped],
                "skipped": [item.as_dict() for item in raw.skipped],
                "batches": batches,
            }
            # The events come last: with them the piece is there.
            writers[_OBSERVABLES].commit(lineage)
            writers[_EVENTS].commit(lineage | about)
        finally:
            for writer in writers.values():
                writer.abort()

    def remove(self) -> None:
        """Take the pieces away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def tidy(self) -> None:
        """Take the folder away where no piece came into it; nobody else may be at work there."""
        with suppress(OSError):
            self.folder.rmdir()

    def _path(self, piece: Piece, kind: str) -> Path:
        return self.folder / f"{piece.number:06d}.{kind}.parquet"


def _touched(raw: RawRun) -> list[list[int]]:
    return [marks_of_change(path) for path in raw.planned.files]


def _plain(position: Position | None) -> list[Any] | None:
    if position is None:
        return None
    batch, event, _ = position.mark
    return [position.file, batch, event, position.events, position.batches, position.dropped]
