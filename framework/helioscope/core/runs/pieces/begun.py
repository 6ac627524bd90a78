"""Runs that were begun: where their pieces are, how many there are, in which way they were made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from helioscope.catalog.lineage import Lineage, differences
from helioscope.errors import InputError, OtherLineageError
from helioscope.io.parquet import read_header

logger = logging.getLogger(__name__)


def piece_folder(products: Path) -> Path:
    """Say where the pieces of a run are kept whose products go into a folder."""
    return products.with_name(f".{products.name}-pieces")


def finished_pieces(products: Path, kind: str = "events") -> list[Path]:
    """List the pieces of a kind that are there of a run whose products go into a folder."""
    return sorted(piece_folder(products).glob(f"*.{kind}.parquet"))


def about_piece(path: Path) -> Mapping[str, Any] | None:
    """Read what a piece says of itself; one that is damaged counts as none and is made again."""
    if not path.is_file():
        return None
    try:
        return read_header(path).metadata
    except InputError as fault:
        logger.warning("%s", fault)
        return None


def require_same(
    products: Path,
    kind: str,
    lineage: Callable[[], Lineage],
    replace_other: bool = False,
) -> None:
    """Refuse pieces of a kind that were made in another way.

    Parameters
    ----------
    lineage
        Gives the one that they should have; asked for where there is a piece.
    replace_other
        Take them away instead.

    Raises
    ------
    OtherLineageError
        Saying in words what differs.
    """
    for path in finished_pieces(products, kind):
        about = about_piece(path)
        if about is None:
            continue
        old, wanted = Lineage.from_dict(about["lineage"]), lineage()
        if old.digest == wanted.digest:
            continue
        if not replace_other:
            raise OtherLineageError(
                where=str(products),
                found="a run that was begun in another way:\n    "
                + "\n    ".join(differences(old, wanted)),
                expected="the same settings, plugins, calibrations and inputs as at its start",
                remedy="give what was given then, or --replace to begin it anew",
            )
        path.unlink(missing_ok=True)  # others may do so, or keep new ones already
