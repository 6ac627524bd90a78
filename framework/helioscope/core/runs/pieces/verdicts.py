"""The verdicts on a long run that is judged again, kept piece by piece until it is done."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

import awkward as ak

from helioscope.catalog.lineage import Lineage
from helioscope.core.runs.pieces.begun import about_piece, piece_folder, require_same
from helioscope.core.runs.placing import require_real
from helioscope.errors import InputError
from helioscope.io.parquet import ProductWriter, read_product
from helioscope.model.schema import Schema

logger = logging.getLogger(__name__)

KIND = "verdicts"


@dataclass(frozen=True)
class VerdictFolder:
    """The kept verdicts of one run.

    Attributes
    ----------
    products
        The folder of the run's products; the pieces are beside it.
    lineage
        That of the run's candidates, by which they are known.
    schema
        What a verdict holds.
    """

    products: Path
    lineage: Lineage
    schema: Schema

    @property
    def folder(self) -> Path:
        """Where they are."""
        return piece_folder(self.products)

    def require_same(self) -> None:
        """Refuse verdicts that were made in another way.

        Raises
        ------
        UsageError
            Saying in words what differs.
        """
        require_same(self.products, KIND, lambda: self.lineage)

    def find(self, rows: range) -> ak.Array | None:
        """Read the verdicts on a stretch of rows; None where they are not there, or damaged."""
        path = self._path(rows)
        about = about_piece(path)
        if about is None or about["rows"] != [rows.start, rows.stop]:
            return None
        try:
            return read_product(path, self.schema)
        except InputError as fault:
            logger.warning("rows from %d are judged again: %s", rows.start, fault)
            return None

    def writer(self, rows: range) -> ProductWriter:
        """Open the verdicts on a stretch of rows; they are kept once it is closed in good order."""
        require_real(self.folder)
        about = {"rows": [rows.start, rows.stop], "lineage": self.lineage.as_dict()}
        return ProductWriter(self._path(rows), self.schema, about)

    def remove(self) -> None:
        """Take them away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, rows: range) -> Path:
        return self.folder / f"{rows.start:012d}.{KIND}.parquet"
