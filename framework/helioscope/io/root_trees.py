"""The source ``root``: raw events from TTrees and RNTuples, branches mapped to the raw schema."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError, nearest
from helioscope.files import snapshot
from helioscope.io.fits_times import LATEST_NS, UNIT_NS
from helioscope.io.options import parse_options
from helioscope.io.root_columns import (
    BranchFaultError,
    branch_values,
    count_groups,
    fitted,
    require_same_counts,
)
from helioscope.io.root_files import find_tree, opened, recognises
from helioscope.io.root_limits import ClusterSizes, TreeSizes
from helioscope.io.root_options import RootOptions
from helioscope.model.schema import Column
from helioscope.plugin import Mark, Source, SourceRequest, even_marks

logger = logging.getLogger(__name__)

_EVENT_ID, _TIME = "event_id", "time_ns"


def count(request: SourceRequest) -> int | None:
    """Give the number of entries of the tree."""
    options = parse_options(RootOptions, request.options, "root")
    if not snapshot(request.path).size:
        return 0
    with opened(request.path) as directory:
        return int(find_tree(directory, request.path, options.tree).num_entries)


def marks(request: SourceRequest, apart_bytes: int) -> list[Mark]:
    """Give borders of batches: an entry can be reached without those before it."""
    events, step = count(request) or 0, request.batch_events
    batch_bytes = snapshot(request.path).size * step / max(events, 1)
    return even_marks(events, step, int(apart_bytes / max(batch_bytes, 1.0)))


def read(request: SourceRequest) -> Iterator[ak.Array]:
    """Yield the events of a tree in batches.

    Raises
    ------
    InputError
        Where the file is truncated or damaged, a tree or branch is missing or of a wrong type,
        or jagged counts disagree.
    LimitError
        Where a batch would unfold to more memory than allowed.
    UsageError
        Where the options are wrong.
    """
    options = parse_options(RootOptions, request.options, "root")
    if not snapshot(request.path).size:
        logger.warning("%s: the file is empty, it holds no event", request.path)
        return
    with opened(request.path) as directory:
        tree = find_tree(directory, request.path, options.tree)
        yield from TreeReading(request, options, tree).batches()


class TreeReading:
    """Reads one tree: knows which branch each column comes from.

    Raises
    ------
    InputError
        With every missing branch at once.
    """

    def __init__(self, request: SourceRequest, options: RootOptions, tree: Any) -> None:
        self.request, self.options, self.tree = request, options, tree
        self.where = f"{request.path}, tree '{tree.name}'"
        self.columns = [c for c in request.schema.columns if not self._made(c)]
        self.branches = {c.name: options.branches.get(c.name, c.name) for c in self.columns}
        if options.nanosecond_branch:
            self.branches["(nanoseconds)"] = options.nanosecond_branch
        self.groups = count_groups(request.schema.columns, options.same_counts)
        self._require_branches()

    def _made(self, column: Column) -> bool:
        """Say whether a column is made here instead of read."""
        if column.name == _EVENT_ID:
            return self.options.number_events
        return column.name == _TIME and self.options.event_period_s is not None

    def _require_branches(self) -> None:
        known = list(self.tree.keys())
        missing = [
            f"{column} from branch '{branch}' ({_shortened(nearest(branch, known))})"
            for column, branch in self.branches.items()
            if branch not in known
        ]
        if missing:
            raise InputError(
                where=self.where,
                found=f"no branch for {'; '.join(missing)}",
                expected=f"branches for {', '.join(self.branches)}",
                remedy="map them with branches in [runs.source]; number_events, event_period_s "
                "and start stand in for missing numbers and times",
            )
        unused = sorted(set(known) - set(self.branches.values()))
        if unused:
            logger.info("%s: branches not read: %s", self.where, ", ".join(unused))

    def _first(self, pieces: Iterator[ak.Array]) -> ak.Array | None:
        """Read the first piece and look at its types; branch by branch where that fails."""
        try:
            piece = next(pieces, None)
        except Exception:
            self._require_types(None)
            raise
        self._require_types(piece)
        return piece

    def _require_types(self, piece: ak.Array | None) -> None:
        faults = []
        for column in self.columns:
            branch = self.branches[column.name]
            empty = self._read_empty(branch) if piece is None else branch_values(piece, branch)[:0]
            if empty is None:
                faults.append(f"{column.name}: a branch that cannot be read as columns")
                continue
            try:
                self._column(empty, column, 0)
            except BranchFaultError as fault:
                faults.append(f"{column.name}: found {fault}, expected {column.type_name}")
        if faults:
            raise InputError(
                where=self.where,
                found="; ".join(faults),
                expected=f"types of schema '{self.request.schema.name}'",
                remedy="correct the branch map in [runs.source]",
            )

    def _read_empty(self, branch: str) -> ak.Array | None:
        try:
            return branch_values(self.tree.arrays([branch], entry_stop=0), branch)
        except Exception:
            logger.debug("%s: branch %s", self.where, branch, exc_info=True)
            return None

    def batches(self) -> Iterator[ak.Array]:
        """Read the tree from the start that is asked for to its last entry.

        Raises
        ------
        InputError, LimitError
            As `read`.
        """
        total = int(self.tree.num_entries)
        start, step = self.request.start.event, self.request.batch_events
        with contextlib.closing(self._sizes()) as sizes:
            # already the look at the types reads a basket
            sizes.require(start, max(min(start + step, total), start + 1))
            names = list(dict.fromkeys(self.branches.values()))
            stretch = {"step_size": step, "library": "ak", "entry_start": start}
            pieces = self.tree.iterate(names, **stretch) if names else iter(())
            ahead = self._first(pieces)
            for first in range(start, total, step):
                last = min(first + step, total)
                sizes.require(first, last)
                piece = ahead if first == start else next(pieces, None)
                if piece is None or len(piece) != last - first:
                    raise InputError(
                        where=f"{self.where}, event {first}",
                        found="fewer entries than the tree declares",
                        expected=f"{total} entries",
                    )
                yield self._batch(piece, first)

    def _sizes(self) -> TreeSizes | ClusterSizes:
        path, limit = self.request.path, self.request.max_bytes
        if hasattr(self.tree, "page_list_envelopes"):
            return ClusterSizes(path, self.tree, limit)
        return TreeSizes(path, [self.tree[name] for name in set(self.branches.values())], limit)

    def _batch(self, piece: ak.Array, first: int) -> ak.Array:
        contents: dict[str, ak.contents.Content] = {}
        for column in self.request.schema.columns:
            if self._made(column):
                contents[column.name] = self._made_column(column, len(piece), first)
                continue
            try:
                values = branch_values(piece, self.branches[column.name])
                contents[column.name] = self._column(values, column, first, piece)
            except BranchFaultError as fault:
                raise InputError(
                    where=f"{self.where}, events {first} to {first + len(piece) - 1}",
                    found=f"{column.name}: {fault}",
                    expected=column.type_name,
                ) from fault
        require_same_counts(contents, self.groups, self.where, first)
        record = ak.contents.RecordArray(list(contents.values()), list(contents), len(piece))
        return ak.Array(record)

    def _made_column(self, column: Column, length: int, first: int) -> ak.contents.Content:
        number = self.request.first_event_id + first + np.arange(length, dtype=np.int64)
        if column.name == _EVENT_ID:
            return ak.contents.NumpyArray(number)
        period_ns = round((self.options.event_period_s or 0.0) * 1e9)
        return ak.contents.NumpyArray(self.options.start_ns + period_ns * number)

    def _column(
        self, values: ak.Array, column: Column, first: int, piece: ak.Array | None = None
    ) -> ak.contents.Content:
        if column.name != _TIME:
            return fitted(values, column, first)
        if not ak.to_layout(values).is_numpy:
            raise BranchFaultError(str(values.type))
        added = self.options.nanosecond_branch
        rest = np.asarray(branch_values(piece, added)) if piece is not None and added else 0
        return ak.contents.NumpyArray(self._times(np.asarray(values), first) + rest)

    def _times(self, values: NDArray[Any], first: int) -> NDArray[np.int64]:
        if values.dtype.kind not in "iuf":
            raise BranchFaultError(values.dtype.name)
        unit = UNIT_NS[self.options.time_unit]
        sane = np.abs(values) <= LATEST_NS // unit
        if not sane.all():
            row = int(np.argmin(sane))
            raise BranchFaultError(f"time {values[row]} {self.options.time_unit} at {first + row}")
        scaled = np.rint(values * float(unit)) if values.dtype.kind == "f" else values * unit
        return scaled.astype(np.int64) + self.options.start_ns


def _shortened(text: str, length: int = 200) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


SOURCE = Source(
    "root",
    recognises,
    read,
    count,
    "Events in ROOT trees: TTree and RNTuple, flat and jagged branches.",
    marks,
)
