"""Stored products and their record, taken only as they were made: damage is found before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helioscope.core.runs.placing import link
from helioscope.errors import InputError
from helioscope.files import require_readable, sha256_of
from helioscope.io.run_records import read_record


class DamageError(InputError):
    """A stored product of a run, or the record of its products, is damaged or gone."""

    def __init__(self, *, where: str, found: str, expected: str = "", remedy: str = "") -> None:
        super().__init__(
            where=where,
            found=found,
            expected=expected,
            remedy=remedy
            or "restore it from a copy; or remove its folder, or say 'helioscope run --replace' "
            "for its job, and the run is made anew",
        )


@contextmanager
def as_damage(where: Path, expected: str = "") -> Iterator[None]:
    """Let whatever is wrong with what is read of stored products be damage of them."""
    try:
        yield
    except InputError as fault:
        raise DamageError(
            where=str(where), found=fault.found, expected=expected or fault.expected
        ) from fault


def stored_record(folder: Path) -> dict[str, Any]:
    """Read the record of stored products.

    Raises
    ------
    DamageError
        Where it is gone or damaged.
    """
    with as_damage(folder, "the record of the products in it"):
        return read_record(folder)


def require_undamaged(path: Path, sha256: str, origin: Path) -> None:
    """Refuse a product of a folder that is not what the folder's record says.

    Raises
    ------
    DamageError
        With both digests.
    """
    where = origin / path.name
    with as_damage(where):
        found = sha256_of(path)
    if found != sha256:
        raise DamageError(
            where=str(where),
            found=f"sha256 {found}",
            expected=f"{sha256}, as its record says",
        )


def take(source: Path, row: Mapping[str, Any], staged: Path) -> None:
    """Link a product of a folder, as its record tells of it, into another.

    Raises
    ------
    DamageError
        Where it is gone, cannot be read, or is not what the record says.
    OSError
        Where the system refuses to write.
    """
    path: Path = source / row["file"]
    with as_damage(path):
        require_readable(path)
    link(path, staged / path.name)
    require_undamaged(staged / path.name, row["sha256"], source)
