"""Products that lie at a run's place already: whether they are whole, and of the same lineage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helioscope.catalog.lineage import Lineage, differences
from helioscope.core.runs.damage import DamageError, as_damage, stored_record
from helioscope.errors import OtherLineageError
from helioscope.io.parquet import read_header
from helioscope.io.parquet_files import require_complete
from helioscope.io.run_records import KINDS

#: These two carry the lineages of the others in theirs.
_DECIDING = ("candidates", "live_time")


def present(folder: Path, lineages: Mapping[str, Lineage]) -> dict[str, Any]:
    """Give the record of products that are there already, if they are of the same lineage.

    Raises
    ------
    OtherLineageError
        Where they were made in another way; it says in words what differs.
    DamageError
        Where one of them or the record is gone, cannot be read, or is of other products.
    """
    record = stored_record(folder)
    rows = record["products"]
    for kind in KINDS:
        with as_damage(folder / rows[kind]["file"]):
            require_complete(folder / rows[kind]["file"])
    for kind in _DECIDING:
        old = _lineage_of(folder / rows[kind]["file"])
        if old.digest != rows[kind]["lineage"]:
            raise DamageError(
                where=str(folder / rows[kind]["file"]),
                found=f"{kind} of another lineage than its record tells of",
                expected="products with their own record",
            )
        if old.digest != lineages[kind].digest:
            raise OtherLineageError(
                where=str(folder),
                found="products that were made in another way:\n    "
                + "\n    ".join(differences(old, lineages[kind])),
                expected="the same lineage, or an empty place",
                remedy="give another place: --out, or --tag of 'reprocess'; "
                "'run --replace' makes them again",
            )
    return record


def same_lineage(folder: Path, lineages: Mapping[str, Lineage]) -> bool:
    """Say whether the products in a folder were made in the same way, and are all there."""
    try:
        present(folder, lineages)
    except (DamageError, OtherLineageError):
        return False
    return True


def _lineage_of(path: Path) -> Lineage:
    with as_damage(path):
        return Lineage.from_dict(read_header(path).metadata.get("lineage"))
