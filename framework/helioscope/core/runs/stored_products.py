"""The products from which a run starts that is not made from raw data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helioscope.catalog.lineage import Lineage
from helioscope.core.runs.damage import DamageError, require_undamaged, stored_record
from helioscope.io.run_records import KINDS


@dataclass(frozen=True)
class StoredProducts:
    """The folder from which a run starts, and what is the same in the new one.

    Attributes
    ----------
    same
        What its record says of the products whose lineage still holds, by kind.
    """

    folder: Path
    record: Mapping[str, Any]
    same: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(
        cls,
        folder: Path,
        lineages: Mapping[str, Lineage],
        rescalable: bool,
        passed_over: Collection[Path] = (),
    ) -> StoredProducts:
        """Look at a folder for products that still hold.

        Parameters
        ----------
        passed_over
            Files in it that are damaged.

        Raises
        ------
        DamageError
            Where the run cannot start from it.
        """
        record = stored_record(folder)
        rows = record["products"]
        same = {
            kind: rows[kind]
            for kind in KINDS
            if rows[kind]["lineage"] == lineages[kind].digest
            and folder / rows[kind]["file"] not in passed_over
        }
        if "events" not in same or not (rescalable or "observables" in same):
            raise DamageError(
                where=str(folder),
                found="products of another lineage than the catalogue tells of",
                expected="observables that still hold",
            )
        observables = rows["observables"]
        require_undamaged(folder / observables["file"], observables["sha256"], folder)
        return cls(folder, record, same)

    @property
    def observables(self) -> Path:
        """The stored observables."""
        return self.folder / str(self.record["products"]["observables"]["file"])
