"""The products from which a run starts that is not made from raw data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helioscope.catalog.lineage import Lineage
from helioscope.core.runs.placing import require_undamaged
from helioscope.core.runs.product_folder import KINDS
from helioscope.errors import InputError
from helioscope.io.run_records import read_record


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
        cls, folder: Path, lineages: Mapping[str, Lineage], rescalable: bool
    ) -> StoredProducts:
        """Look at a folder for products that still hold.

        Raises
        ------
        InputError
            Where the run cannot start from it, or its observables are damaged.
        """
        record = read_record(folder)
        rows = record["products"]
        same = {
            kind: rows[kind] for kind in KINDS if rows[kind]["lineage"] == lineages[kind].digest
        }
        if "events" not in same or not (rescalable or "observables" in same):
            raise InputError(
                where=str(folder),
                found="products of another lineage than when the work was planned",
                expected="observables that still hold",
                remedy="call again, and it is planned anew",
            )
        observables = rows["observables"]
        require_undamaged(folder / observables["file"], observables["sha256"], folder)
        return cls(folder, record, same)

    @property
    def observables(self) -> Path:
        """The stored observables."""
        return self.folder / str(self.record["products"]["observables"]["file"])
