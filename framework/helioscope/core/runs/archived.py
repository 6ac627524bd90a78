"""What the catalogue has of some runs, read at once: where their lineages lie, what changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helioscope.catalog.lineage import Lineage, differences
from helioscope.catalog.rows import ProductRow
from helioscope.catalog.store import Catalog
from helioscope.errors import InputError
from helioscope.io.run_records import KINDS, RECORD, read_record
from helioscope.job.plan import PlannedRun

#: (detector, run).
Key = tuple[str, str]


@dataclass(frozen=True)
class Archived:
    """The rows of products, in the order in which these were made.

    Attributes
    ----------
    of_run
        By run.
    with_lineage
        By digest of the lineage and kind, of any run.
    newest
        The lineage of each run's newest product of each kind, by its digest.
    passed_over
        Folders and files from which no run may start.
    """

    of_run: Mapping[Key, Sequence[ProductRow]]
    with_lineage: Mapping[tuple[str, str], Sequence[ProductRow]]
    newest: Mapping[str, Lineage]
    passed_over: frozenset[Path] = frozenset()

    @classmethod
    def read(
        cls,
        catalog: Catalog,
        runs: Iterable[PlannedRun],
        lineages: Iterable[Mapping[str, Lineage]],
        passed_over: Collection[Path] = (),
    ) -> Archived:
        """Read what there is of runs, and of all lineages that are wanted."""
        of_run: dict[Key, list[ProductRow]] = {_key(planned): [] for planned in runs}
        for row in catalog.products_of(of_run):
            of_run[row.detector, row.run].append(row)
        wanted = {lineage.digest for kinds in lineages for lineage in kinds.values()}
        with_lineage: dict[tuple[str, str], list[ProductRow]] = {}
        for row in catalog.products_with(wanted):
            with_lineage.setdefault((row.lineage, row.kind), []).append(row)
        newest = {
            digest
            for rows in of_run.values()
            for digest in {row.kind: row.lineage for row in rows}.values()
        }
        return cls(of_run, with_lineage, catalog.lineages(sorted(newest)), frozenset(passed_over))

    def in_folder(self, planned: PlannedRun, folder: Path) -> list[ProductRow]:
        """List the products of a run that lie in a folder."""
        return [row for row in self.of_run[_key(planned)] if row.path.parent == folder]

    def holding(self, lineages: Mapping[str, Lineage], *kinds: str) -> Path | None:
        """Find a folder that holds products of these kinds and lineages, by their rows."""
        first, *others = (self._folders(lineages[kind], kind) for kind in kinds)
        for folder in first:
            if all(folder in more for more in others):
                return folder
        return None

    def measured(self, lineages: Mapping[str, Lineage]) -> Path | None:
        """Find observables of the same measurement, which need to be rescaled only.

        They lie beside its events, whose lineage is that of the measurement.
        """
        for folder in self._folders(lineages["events"], "events"):
            if folder / "observables.parquet" not in self.passed_over:
                return folder
        return None

    def change(self, planned: PlannedRun, wanted: Lineage) -> str:
        """Say in words what makes a product differ from the newest one of its run."""
        old = [row for row in self.of_run[_key(planned)] if row.kind == wanted.kind]
        if not old:
            return f"there are no {wanted.kind} yet"
        words = differences(self.newest[old[-1].lineage], wanted)
        return "; ".join(words) or f"the file of the {wanted.kind} is gone"

    def took(self, planned: PlannedRun, start: str) -> float | None:
        """Give the seconds that a run took when it last started so; None where nobody knows."""
        for row in reversed(self.of_run[_key(planned)]):
            folder = row.path.parent
            if row.kind == KINDS[-1] and (folder / RECORD).is_file():
                seconds = took(folder, start)
                if seconds is not None:
                    return seconds
        return None

    def _folders(self, lineage: Lineage, kind: str) -> list[Path]:
        rows = self.with_lineage.get((lineage.digest, kind), ())
        there = [row.path for row in rows if not {row.path, row.path.parent} & self.passed_over]
        # a folder that was taken away is no damage, as one is of which a file is gone
        return [path.parent for path in there if path.parent.is_dir()]


def took(folder: Path, start: str) -> float | None:
    """Give the seconds that products took from a kind of start; None where nobody knows."""
    try:
        timing: dict[str, Any] = read_record(folder).get("timing") or {}
    except InputError:  # whoever needs more of it than an estimate will say so
        return None
    return float(timing["elapsed_s"]) if timing.get("from") == start else None


def _key(planned: PlannedRun) -> Key:
    return planned.detector.name, planned.run.name
