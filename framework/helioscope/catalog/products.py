"""The products of a catalogue, found by their lineage."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from helioscope.catalog import tables
from helioscope.catalog.files import KEYS_A_QUERY
from helioscope.catalog.lineage import Lineage
from helioscope.catalog.part import Part, stored_path
from helioscope.catalog.rows import ProductRow
from helioscope.errors import UsageError, nearest

_PRODUCTS = tables.products


@dataclass(frozen=True)
class NewProduct:
    """A finished product that is to be entered; its lineage is given by digest."""

    lineage: str
    kind: str
    run: str
    detector: str
    path: Path
    digest: str
    rows: int
    schema_version: int
    tag: str = ""


class Products(Part):
    """The products of a catalogue."""

    def register_product(
        self,
        lineage: Lineage,
        *,
        run: str,
        detector: str,
        path: Path,
        digest: str,
        rows: int,
        schema_version: int,
        tag: str = "",
    ) -> ProductRow:
        """Enter a product that lies finished at its path; its kind is the lineage's.

        A path holds one product: a row that stood there before gives way, because the file it
        spoke of is there no more. Entering the same again changes nothing.

        Returns
        -------
        ProductRow
            The row as it now stands.
        """
        new = NewProduct(
            lineage.digest, lineage.kind, run, detector, path, digest, rows, schema_version, tag
        )
        self.register_products([new], [lineage])
        return self.products(path=path)[0]

    def register_products(
        self, products: Sequence[NewProduct], lineages: Iterable[Lineage] = ()
    ) -> None:
        """Enter several products in one transaction, as `register_product` does one.

        Parameters
        ----------
        lineages
            Those of the products that the catalogue may not have yet.
        """
        new = [_values(product, stored_path(product.path, self.root)) for product in products]
        paths = [values["path"] for values in new]
        with self.database.writing() as connection:
            _enter_lineages(connection, lineages)
            old = _products_at(connection, paths)
            fresh = [values for values in new if not _same(old.get(values["path"]), values)]
            gone = [values["path"] for values in fresh if values["path"] in old]
            if gone:
                connection.execute(_PRODUCTS.delete().where(_PRODUCTS.c.path.in_(gone)))
            if fresh:
                now = {"created_ns": time.time_ns()}
                connection.execute(_PRODUCTS.insert(), [values | now for values in fresh])

    def products_of(self, runs: Iterable[tuple[str, str]]) -> list[ProductRow]:
        """List the products of runs, (detector, name) each, in the order of their making."""
        return self._among(sa.tuple_(_PRODUCTS.c.detector, _PRODUCTS.c.run), list(runs))

    def products_with(self, lineages: Iterable[str]) -> list[ProductRow]:
        """List the products of lineages, given by digest, in the order of their making."""
        return self._among(_PRODUCTS.c.lineage, list(lineages))

    def _among(self, key: sa.ColumnElement[Any], values: Sequence[Any]) -> list[ProductRow]:
        rows: list[ProductRow] = []
        with self.database.reading() as connection:
            for first in range(0, len(values), KEYS_A_QUERY):
                chosen = key.in_(values[first : first + KEYS_A_QUERY])
                query = sa.select(_PRODUCTS).where(chosen).order_by(_PRODUCTS.c.id)
                rows += [self._product(row) for row in connection.execute(query).mappings()]
        return rows

    def products(
        self,
        *,
        run: str | None = None,
        detector: str | None = None,
        kind: str | None = None,
        tag: str | None = None,
        path: Path | None = None,
    ) -> list[ProductRow]:
        """List products in the order in which they were made."""
        columns = _PRODUCTS.c
        query = sa.select(_PRODUCTS).order_by(columns.id)
        stored = stored_path(path, self.root) if path else None
        for column, value in (
            (columns.run, run), (columns.detector, detector), (columns.kind, kind),
            (columns.tag, tag), (columns.path, stored),
        ):  # fmt: skip
            if value is not None:
                query = query.where(column == value)
        with self.database.reading() as connection:
            return [self._product(values) for values in connection.execute(query).mappings()]

    def lineage(self, digest: str) -> Lineage:
        """Give a lineage by its digest, or by the beginning of it.

        Raises
        ------
        UsageError
            Where there is none, or several begin so.
        """
        columns = tables.lineages.c
        query = sa.select(columns.digest, columns.content).where(
            columns.digest.startswith(digest, autoescape=True)
        )
        with self.database.reading() as connection:
            found = connection.execute(query.limit(3)).all()
        if len(found) != 1:
            with self.database.reading() as connection:
                known = list(connection.execute(sa.select(columns.digest).limit(20)).scalars())
            raise UsageError(
                where=f"lineage {digest[:64]}",
                found=f"{len(found) or 'none'} in the catalogue begin so",
                expected="the digest of one lineage" if found else nearest(digest, known),
            )
        return Lineage.from_json(found[0].content)

    def lineages(self, digests: Sequence[str]) -> dict[str, Lineage]:
        """Give the lineages that the catalogue has of these digests."""
        columns = tables.lineages.c
        found: dict[str, Lineage] = {}
        with self.database.reading() as connection:
            for first in range(0, len(digests), KEYS_A_QUERY):
                chosen = columns.digest.in_(digests[first : first + KEYS_A_QUERY])
                rows = connection.execute(sa.select(columns.digest, columns.content).where(chosen))
                found |= {row.digest: Lineage.from_json(row.content) for row in rows}
        return found

    def forget_product(self, path: Path) -> None:
        """Drop the row of a product whose file is there no more."""
        with self.database.writing() as connection:
            connection.execute(
                _PRODUCTS.delete().where(_PRODUCTS.c.path == stored_path(path, self.root))
            )

    def _product(self, values: Any) -> ProductRow:
        plain = {name: value for name, value in values.items() if name not in ("id", "path")}
        return ProductRow(**plain, path=self.root / values["path"])


def _values(new: NewProduct, stored: str) -> dict[str, Any]:
    return {
        "lineage": new.lineage, "kind": new.kind, "run": new.run,
        "detector": new.detector, "tag": new.tag, "path": stored, "digest": new.digest,
        "rows": new.rows, "schema_version": new.schema_version,
    }  # fmt: skip


def _same(old: Any, values: dict[str, Any]) -> bool:
    return old is not None and all(old[name] == value for name, value in values.items())


def _products_at(connection: Connection, paths: Sequence[str]) -> dict[str, Any]:
    found = connection.execute(sa.select(_PRODUCTS).where(_PRODUCTS.c.path.in_(paths)))
    return {values["path"]: values for values in found.mappings()}


def _enter_lineages(connection: Connection, lineages: Iterable[Lineage]) -> None:
    columns = tables.lineages.c
    new = {lineage.digest: lineage for lineage in lineages}
    if not new:
        return
    known = sa.select(columns.digest).where(columns.digest.in_(list(new)))
    for digest in connection.execute(known).scalars().all():
        del new[digest]
    if new:
        connection.execute(
            tables.lineages.insert(),
            [{"digest": digest, "content": of.as_json()} for digest, of in new.items()],
        )
