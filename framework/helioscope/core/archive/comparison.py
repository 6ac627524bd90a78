"""Why two products differ: their lineages side by side, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helioscope.catalog.lineage import Lineage, differences
from helioscope.catalog.store import Catalog
from helioscope.core.archive.calibration_reasons import calibration_reasons
from helioscope.errors import InputError, UsageError
from helioscope.files import sha256_of
from helioscope.io.parquet import read_header
from helioscope.io.run_records import KINDS, RECORD, read_record

_UNEXPLAINED = (
    "the lineages are the same, the bytes are not: one of the files is damaged, "
    "or a plugin does not give the same twice"
)


@dataclass(frozen=True)
class Described:
    """A product with what made it.

    Attributes
    ----------
    file
        Its file; None where only the lineage was named.
    input_names
        Names of raw files by their digest, as far as the record tells them.
    """

    lineage: Lineage
    file: Path | None
    input_names: Mapping[str, str]


@dataclass(frozen=True)
class Comparison:
    """How two products of one kind differ.

    Attributes
    ----------
    reasons
        In words; empty where the lineages are the same.
    same_bytes
        None where one of the files is not there to be read.
    """

    kind: str
    reasons: tuple[str, ...]
    same_bytes: bool | None


def compared(first: str, second: str, catalog: Catalog | None) -> list[Comparison]:
    """Compare two products, or two folders of products kind by kind.

    Parameters
    ----------
    first, second
        A product file, a folder of products, or the beginning of a lineage's digest.
    catalog
        Where lineages are looked up, and why calibrations differ.

    Raises
    ------
    UsageError
        Where one of them names nothing.
    InputError
        Where a file is damaged or no product.
    """
    one, other = described(first, catalog), described(second, catalog)
    if len(one) == len(other) == 1:
        return [_compare(one[0], other[0], catalog)]
    by_kind = {product.lineage.kind: product for product in other}
    pairs = [(product, by_kind.get(product.lineage.kind)) for product in one]
    found = [_compare(product, partner, catalog) for product, partner in pairs if partner]
    if not found:
        raise UsageError(where=f"{first} and {second}", found="no product of the same kind in both")
    return found + (_alone(first, one, second, other) if len(one) > 1 < len(other) else [])


def _alone(
    first: str, one: Sequence[Described], second: str, other: Sequence[Described]
) -> list[Comparison]:
    """Name the kinds of product that only one of two folders holds."""
    kinds = [{product.lineage.kind for product in of} for of in (one, other)]
    return [
        Comparison(kind, (f"there is none in {second if kind in kinds[0] else first}",), None)
        for kind in sorted(kinds[0] ^ kinds[1])
    ]


def described(name: str, catalog: Catalog | None) -> list[Described]:
    """Find what a name stands for: one product, or those of a folder."""
    path = Path(name)
    if path.is_dir():
        files = [path / f"{kind}.parquet" for kind in KINDS]
        there = [_of_file(file) for file in files if file.is_file()]
        if there:
            return there
        raise UsageError(
            where=name,
            found="a folder without products",
            expected="the folder of one run and detector: OUT/RUN/DETECTOR",
        )
    if path.is_file():
        return [_of_file(path)]
    if catalog is not None and len(name) >= 6 and all(c in "0123456789abcdef" for c in name):
        return [Described(catalog.lineage(name), None, {})]
    raise UsageError(
        where=name,
        found="no such file or folder",
        expected="a product, a folder of products, or at least 6 digits of a lineage's digest",
    )


def _of_file(path: Path) -> Described:
    metadata = read_header(path).metadata
    if "lineage" not in metadata:
        raise InputError(where=str(path), found="a file without a lineage", expected="a product")
    names: dict[str, str] = {}
    if (path.parent / RECORD).is_file():
        inputs = read_record(path.parent).get("inputs", [])
        names = {entry["sha256"]: Path(entry["file"]).name for entry in inputs}
    return Described(Lineage.from_dict(metadata["lineage"]), path, names)


def _compare(one: Described, other: Described, catalog: Catalog | None) -> Comparison:
    names = {**one.input_names, **other.input_names}
    reasons = [_named(text, names) for text in differences(one.lineage, other.lineage)]
    if catalog is not None:
        reasons += calibration_reasons(one.lineage, other.lineage, catalog)
    same = None
    if one.file and other.file:
        same = sha256_of(one.file) == sha256_of(other.file)
        if not reasons and not same:
            reasons = [_UNEXPLAINED]
    return Comparison(other.lineage.kind, tuple(reasons), same)


def _named(text: str, names: Mapping[str, str]) -> str:
    """Put file names beside the digests of inputs."""
    if "inputs:" not in text:
        return text
    for digest, name in names.items():
        text = text.replace(digest[:12], f"{name} ({digest[:12]})")
    return text
