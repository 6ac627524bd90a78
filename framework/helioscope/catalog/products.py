"""The products of a catalogue, found by their lineage."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from helioscope.catalog import tables
from helioscope.catalog.lineage import Lineage
from helioscope.catalog.part import Part, stored_path
from helioscope.catalog.rows import ProductRow
from helioscope.errors import UsageError, nearest

_PRODUCTS = tables.products


@dataclass(frozen=True)
class NewProduct:
    """A finished product that is to be entered; its kind is the lineage's."""

    lineage: Lineage
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
        new = NewProduct(lineage, run, detector, path, digest, rows, schema_version, tag)
        return self.register_products([new])[0]

    def register_products(self, products: Sequence[NewProduct]) -> list[ProductRow]:
        """Enter several products in one transaction, as `register_product` does one."""
        new = [_values(product, stored_path(product.path, self.root)) for product in products]
        paths = [values["path"] for values in new]
        with self.database.writing() as connection:
            _enter_lineages(connection, [product.lineage for product in products])
            old = _products_at(connection, paths)
            fresh = [values for values in new if not _same(old.get(values["path"]), values)]
            if fresh:
                gone = _PRODUCTS.c.path.in_([values["path"] for values in fresh])
                connection.execute(_PRODUCTS.delete().where(gone))
                now = {"created_ns": time.time_ns()}
                connection.execute(_PRODUCTS.insert(), [values | now for values in fresh])
                old = _products_at(connection, paths)
        return [self._product(old[path]) for path in paths]

    def find_product(self, lineage: Lineage | str, kind: str) -> ProductRow | None:
        """Give the oldest product of this lineage whose file is there, or None."""
        return next(iter(self.find_products(lineage, kind)), None)

    def find_products(self, lineage: Lineage | str, kind: str) -> list[ProductRow]:
        """Give all products of this lineage whose files are there, the oldest first."""
        digest = lineage if isinstance(lineage, str) else lineage.digest
        query = sa.select(_PRODUCTS).where(_PRODUCTS.c.lineage == digest, _PRODUCTS.c.kind == kind)
        with self.database.reading() as connection:
            found = connection.execute(query.order_by(_PRODUCTS.c.id)).mappings().all()
        rows = [self._product(values) for values in found]
        return [row for row in rows if row.path.is_file()]

    def products_in(self, folder: Path) -> list[ProductRow]:
        """List the products that lie in a folder."""
        prefix = stored_path(folder, self.root) + "/"
        here = _PRODUCTS.c.path.startswith(prefix, autoescape=True)
        query = sa.select(_PRODUCTS).where(here).order_by(_PRODUCTS.c.id)
        with self.database.reading() as connection:
            return [self._product(values) for values in connection.execute(query).mappings()]

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
        "lineage": new.lineage.digest, "kind": new.lineage.kind, "run": new.run,
        "detector": new.detector, "tag": new.tag, "path": stored, "digest": new.digest,
        "rows": new.rows, "schema_version": new.schema_version,
    }  # fmt: skip


def _same(old: Any, values: dict[str, Any]) -> bool:
    return old is not None and all(old[name] == value for name, value in values.items())


def _products_at(connection: Connection, paths: Sequence[str]) -> dict[str, Any]:
    found = connection.execute(sa.select(_PRODUCTS).where(_PRODUCTS.c.path.in_(paths)))
    return {values["path"]: values for values in found.mappings()}


def _enter_lineages(connection: Connection, lineages: Sequence[Lineage]) -> None:
    columns = tables.lineages.c
    new = {lineage.digest: lineage for lineage in lineages}
    known = sa.select(columns.digest).where(columns.digest.in_(list(new)))
    for digest in connection.execute(known).scalars().all():
        del new[digest]
    if new:
        connection.execute(
            tables.lineages.insert(),
            [{"digest": digest, "content": of.as_json()} for digest, of in new.items()],
        )
