"""Products as ROOT TTrees in one file, with their schemas and lineage inside."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from helioscope.errors import OutputError
from helioscope.io.atomic import replacing
from helioscope.io.parquet import iterate_product, read_header
from helioscope.io.schema_text import as_plain
from helioscope.model.schema import Column

_STEP = 65536


def write_root(
    path: Path, products: Mapping[str, Path], record: Mapping[str, Any]
) -> dict[str, int]:
    """Write one TTree a product, compressed with zlib, whose checksums notice damage.

    Beside the trees stand the objects ``record`` and, for each product, ``<product>_schema`` and
    ``<product>_metadata`` (the lineage): JSON text in a TObjString.

    Parameters
    ----------
    products
        Parquet file by the name of its tree.

    Returns
    -------
    dict
        Rows by product.

    Raises
    ------
    InputError
        Where a product is damaged.
    OutputError
        Where a column has no form in a TTree, or the system refuses.
    """
    import uproot

    rows = {}
    with (
        replacing(path) as file,
        os.fdopen(os.dup(file.fileno()), "w+b") as own,  # uproot closes what it is given
        uproot.recreate(own, compression=uproot.ZLIB(1)) as root,
    ):
        root["record"] = json.dumps(dict(record), sort_keys=True)
        for name, product in products.items():
            header = read_header(product)
            types = {column.name: _branch_type(path, column) for column in header.schema.columns}
            tree = root.mktree(name, types)
            for batch in iterate_product(product, _STEP):
                if len(batch):
                    tree.extend({c.name: _branch(batch, c) for c in header.schema.columns})
            root[f"{name}_schema"] = json.dumps(as_plain(header.schema), sort_keys=True)
            root[f"{name}_metadata"] = json.dumps(dict(header.metadata), sort_keys=True)
            rows[name] = header.rows
    return rows


def _branch_type(path: Path, column: Column) -> str:
    """Spell the type of a branch; fixed axes below a jagged one are laid end to end."""
    if not column.axes:
        return column.dtype
    if "var" in column.axes[1:] or column.dtype == "string":
        raise OutputError(
            where=str(path),
            found=f"column {column.name} of type {column.type_name}",
            expected="at most one jagged axis, the first",
            remedy="read the Parquet file instead",
        )
    if column.axes[0] == "var":
        return f"var * {column.dtype}"
    return column.type_name


def _branch(batch: ak.Array, column: Column) -> Any:
    values = batch[column.name]
    if len(column.axes) > 1 and column.axes[0] == "var":
        layout = ak.to_packed(values).layout.to_ListOffsetArray64(True)
        size = int(np.prod([int(axis) for axis in column.axes[1:]]))
        offsets = ak.index.Index64(np.asarray(layout.offsets) * size)
        flat = ak.contents.NumpyArray(ak.to_numpy(layout.content).reshape(-1))
        return ak.Array(ak.contents.ListOffsetArray(offsets, flat))
    return values if column.dtype == "string" or "var" in column.axes else ak.to_numpy(values)
