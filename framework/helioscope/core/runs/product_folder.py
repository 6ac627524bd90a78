"""The folder of a run's products: written beside, then put in its place as a whole."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import awkward as ak

from helioscope.catalog.lineage import Lineage
from helioscope.catalog.products import NewProduct
from helioscope.catalog.store import Catalog
from helioscope.core.events.loop import Chunk
from helioscope.core.jobs.record import surroundings, write_record
from helioscope.core.runs.damage import take
from helioscope.core.runs.placing import (
    clear_left_over,
    partial_prefix,
    put_in_place,
    require_real,
)
from helioscope.core.runs.present_products import present
from helioscope.files import sha256_of
from helioscope.io.atomic import unwritable
from helioscope.io.parquet import ProductWriter
from helioscope.io.run_records import KINDS, RECORD
from helioscope.job.plan import PlannedRun
from helioscope.model.products import CANDIDATES, EVENTS, LIVE_TIME
from helioscope.model.schema import Schema


class ProductFolder:
    """Writes the products of one run; use it in a ``with`` statement.

    Everything goes into a temporary folder beside the final one. `finish` closes the products
    and writes the record; leaving the statement then renames the folder to its place, unless
    products of another lineage have come there. Whatever goes wrong leaves nothing behind.

    Parameters
    ----------
    source, same
        A folder, and what its record says of the products in it that this run would make again
        to the last byte: they are linked instead, and not written.
    replace_other
        Take the place of products of another lineage.
    """

    def __init__(
        self,
        folder: Path,
        observables: Schema,
        source: Path | None = None,
        same: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        replace_other: bool = False,
    ) -> None:
        self.folder, self._source, self._same = folder, source, dict(same or {})
        self._replace_other = replace_other
        self.schemas = {
            "events": EVENTS,
            "observables": observables,
            "candidates": CANDIDATES,
            "live_time": LIVE_TIME,
        }
        self._writers: dict[str, ProductWriter] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._lineages: Mapping[str, Lineage] = {}
        self._finished = False
        self._staged = folder

    def __enter__(self) -> ProductFolder:
        require_real(self.folder)
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            clear_left_over(self.folder)
            # Named before it is made, so that an interrupt at any moment finds what to take away.
            name = partial_prefix(self.folder) + secrets.token_hex(4)
            self._staged = self.folder.parent / name
            self._staged.mkdir(mode=0o700)
            self._take_same()
            for kind, schema in self.schemas.items():
                if kind not in self._same:
                    self._writers[kind] = ProductWriter(
                        self._staged / f"{kind}.parquet", schema, {}
                    )
        except OSError as error:
            self._discard()
            raise unwritable(self.folder, error) from error
        except BaseException:
            self._discard()
            raise
        return self

    def _take_same(self) -> None:
        for row in self._same.values():
            take(self._source or self.folder, row, self._staged)

    def _discard(self) -> None:
        for writer in self._writers.values():
            writer.abort()
        if self._staged != self.folder:
            shutil.rmtree(self._staged, ignore_errors=True)

    def write(self, chunk: Chunk) -> None:
        """Append what one batch became."""
        batches = (chunk.events, chunk.observables, chunk.candidates)
        for kind, batch in zip(KINDS, batches, strict=False):
            if kind in self._writers:
                self._writers[kind].write(batch)

    def finish(
        self, live_time: ak.Array | None, lineages: Mapping[str, Lineage], record: dict[str, Any]
    ) -> None:
        """Close the products and write the record; None is for a live time that is linked."""
        if live_time is not None:
            self._writers["live_time"].write(live_time)
        self._lineages = lineages
        for kind in KINDS:
            if kind in self._same:
                self._rows[kind] = dict(self._same[kind])
                continue
            writer = self._writers[kind]
            writer.commit({"lineage": lineages[kind].as_dict()})
            self._rows[kind] = {
                "file": writer.path.name,
                "rows": writer.rows,
                "schema_version": self.schemas[kind].version,
                "sha256": sha256_of(writer.path),
                "lineage": lineages[kind].digest,
            }
        whole = {
            **record,
            "products": self._rows,
            "lineage": {kind: lineages[kind].as_dict() for kind in KINDS},
            "made_with": surroundings(),
        }
        try:
            write_record(self._staged / RECORD, whole)
        except OSError as error:
            raise unwritable(self.folder, error) from error
        self._finished = True

    def register(self, catalog: Catalog, planned: PlannedRun, tag: str = "") -> None:
        """Enter the products in the catalogue."""
        register(catalog, planned, self.folder, self._rows, self._lineages, tag)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._finished:
            try:
                if self.folder.exists() and not self._replace_other:
                    present(self.folder, self._lineages)
                self._staged.chmod(0o755)
                put_in_place(self._staged, self.folder)
                return
            except OSError as fault:
                raise unwritable(self.folder, fault) from fault
            finally:
                shutil.rmtree(self._staged, ignore_errors=True)
        self._discard()


def register(
    catalog: Catalog,
    planned: PlannedRun,
    folder: Path,
    rows: Mapping[str, Mapping[str, Any]],
    lineages: Mapping[str, Lineage],
    tag: str,
) -> None:
    """Enter the finished products of a run in the catalogue, as its record tells of them."""
    catalog.register_products(new_products(planned, folder, rows, tag), lineages.values())


def new_products(
    planned: PlannedRun,
    folder: Path,
    rows: Mapping[str, Mapping[str, Any]],
    tag: str,
) -> list[NewProduct]:
    """Give the finished products of a run, as its record tells of them."""
    return [
        NewProduct(
            rows[kind]["lineage"],
            kind,
            run=planned.run.name,
            detector=planned.detector.name,
            path=folder / rows[kind]["file"],
            digest=rows[kind]["sha256"],
            rows=rows[kind]["rows"],
            schema_version=rows[kind]["schema_version"],
            tag=tag,
        )
        for kind in KINDS
    ]
