"""Why the calibrations of two products differ, from what their records tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from helioscope.catalog.lineage import Lineage
from helioscope.catalog.store import Catalog
from helioscope.core.calibrations.differences import differences
from helioscope.core.calibrations.stored_calibrations import record
from helioscope.errors import InputError

#: Name of a calibration, and two digests of it.
Pair = tuple[str, str, str]


def calibration_reasons(old: Lineage, new: Lineage, catalog: Catalog) -> list[str]:
    """Say why the calibrations of two lineages differ, and those that these were made with.

    What the catalogue does not have is left out.
    """
    lineages = zip(old.ancestors(), new.ancestors(), strict=False)
    waiting = [pair for a, b in lineages for pair in _pairs(a.calibrations, b.calibrations)]
    words: list[str] = []
    for pair in waiting:  # it grows
        found, below = _compared(pair, catalog)
        words += found
        waiting += [more for more in below if more not in waiting]
    return words


def _compared(pair: Pair, catalog: Catalog) -> tuple[list[str], list[Pair]]:
    """Compare two calibrations of a name; give the pairs of those below them as well."""
    name, *digests = pair
    rows = {row.digest: row for row in catalog.calibration_versions(name=name)}
    if not rows.keys() >= set(digests):
        return [], []
    old, new = (rows[digest] for digest in digests)
    what = f"{name} v{old.version} -> v{new.version}"
    try:
        words = differences(old, new)
        below = _pairs(*(record(row).get("calibrations", {}) for row in (old, new)))
    except InputError as fault:
        return [f"{what}: {fault.where}: {fault.found}"], []
    return [f"{what}: {text}" for text in words], list(below)


def _pairs(old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> Iterator[Pair]:
    for name in sorted(old.keys() & new.keys()):
        gone = [digest for digest in old[name] if digest not in new[name]]
        come = [digest for digest in new[name] if digest not in old[name]]
        yield from ((name, *pair) for pair in zip(gone, come, strict=False))
