"""Making the pieces of a run, in their order or one by itself, and taking those that are there."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from helioscope.core.events import loop
from helioscope.core.events.raw import Position, RawRun
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.progress import shown
from helioscope.core.runs.pieces.cuts import Piece
from helioscope.core.runs.pieces.store import Kept, PieceFolder
from helioscope.core.runs.preparation import choices, lineages_of, setups
from helioscope.core.runs.present_products import same_lineage
from helioscope.errors import InputError
from helioscope.execution.reading_ahead import ahead
from helioscope.job.plan import PlannedRun
from helioscope.plugin import Setup

logger = logging.getLogger(__name__)


@dataclass
class RunInPieces:
    """What the detector makes of a run, batch by batch; pieces that are there are not made again.

    Attributes
    ----------
    skipped
        What was wrong with files that were left out, as far as the work has come.
    """

    raw: RawRun
    folder: PieceFolder
    setup: Setup
    skipped: list[dict[str, Any]] = field(default_factory=list)

    def results(self, pieces: Sequence[Piece]) -> Iterator[loop.BatchResult]:
        """Go through a run; one that is a single piece is not kept before it is done."""
        try:
            yield from self._results(pieces)
        finally:
            self.folder.tidy()

    def _results(self, pieces: Sequence[Piece]) -> Iterator[loop.BatchResult]:
        reached = Position()
        for piece in pieces:
            start = piece.begins_at(reached)
            kept, results = self._there(piece, start)
            if kept:
                yield from results
                self.skipped += kept.skipped
                reached = kept.end
                continue
            yield from self.made(piece, start) if piece.of > 1 else self._made(piece, start)
            self.skipped += [item.as_dict() for item in self.raw.skipped]
            reached = self.raw.reached

    def made(self, piece: Piece, start: Position) -> Iterator[loop.BatchResult]:
        """Make a piece and keep it."""
        return self.folder.keeping(piece, start, self.raw, self._made(piece, start))

    def _made(self, piece: Piece, start: Position) -> Iterator[loop.BatchResult]:
        detector = self.raw.planned.detector.detector
        batches = ahead(self.raw.batches(start, piece.stop))
        return loop.detected(batches, detector, self.setup, start.batches)

    def _there(
        self, piece: Piece, start: Position
    ) -> tuple[Kept | None, Sequence[loop.BatchResult]]:
        try:
            kept = self.folder.find(piece, start, self.raw)
            if kept and (self.raw.skip_bad or not kept.skipped):
                return kept, self.folder.results(piece, start, kept)
        except InputError as fault:
            logger.warning("piece %d is made again: %s", piece.number, fault)
        return None, ()


def make_piece(
    workspace: Workspace, planned: PlannedRun, piece: Piece, replace_other: bool = False
) -> None:
    """Make one piece of a run by itself, unless it or the products are there.

    Parameters
    ----------
    replace_other
        Take away what was made in another way.

    Raises
    ------
    UsageError
        Where the run was begun in another way.
    HelioscopeError
        Whatever else goes wrong.
    """
    raw = workspace.raw(planned)
    for path in planned.files:
        raw.look(path)  # before its digest is taken
    files = workspace.catalog.examined(planned.files)
    raw.require_examined(files)
    lineages = lineages_of(workspace, planned, *choices(workspace, planned), files)
    products, schema = workspace.folder(planned), planned.detector.detector.observables
    if products.exists() and not (replace_other and not same_lineage(products, lineages)):
        return
    folder = PieceFolder(products, schema, lambda: lineages["candidates"])
    folder.require_same(replace_other)
    if folder.find(piece, piece.start, raw):
        return
    setup, _ = setups(workspace, planned)
    what = f"{planned.run.name} {planned.detector.name}, piece {piece.number + 1} of {piece.of}"
    with shown(what, piece.events, quiet=workspace.quiet) as advance:
        for done in RunInPieces(raw, folder, setup).made(piece, piece.start):
            advance(len(done.event_id))
