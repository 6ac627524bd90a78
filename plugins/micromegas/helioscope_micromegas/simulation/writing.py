"""Writing simulated runs: ROOT trees (TTree) and the truth as Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import Schema
from helioscope_micromegas.simulation.electronics import AxisCharges

_ARROW = {"bool": "bool_", "string": "large_string"}


def strip_branches(mesh_samples: int) -> dict[str, Any]:
    """Give the branches of integrated charges and the mesh pulse."""
    return {
        "event_id": np.dtype(np.int64),
        "time_ns": np.dtype(np.int64),
        "x_strip": "var * int32",
        "x_charge_adu": "var * float32",
        "y_strip": "var * int32",
        "y_charge_adu": "var * float32",
        "mesh_adu": np.dtype((np.int16, (mesh_samples,))),
    }


def strip_columns(x: AxisCharges, y: AxisCharges) -> dict[str, ak.Array]:
    """Lay the charges of both axes out as branches."""
    columns = {}
    for name, axis in (("x", x), ("y", y)):
        columns[f"{name}_strip"] = ak.unflatten(axis.strip, axis.counts)
        columns[f"{name}_charge_adu"] = ak.unflatten(axis.charge_adu, axis.counts)
    return columns


#: As feminos-daq has them: ms since 1970, channels, and their samples in one row of numbers.
WAVEFORM_BRANCHES: dict[str, Any] = {
    "timestamp": "uint64",
    "signal_ids": "var * uint16",
    "signal_data": "var * uint16",
}


def waveform_columns(
    time_ms: NDArray[np.int64],
    counts: NDArray[np.int64],
    channel: NDArray[np.int32],
    samples_adu: NDArray[np.int16],
) -> dict[str, Any]:
    """Lay waveforms out as branches; ``counts`` says how many an event has."""
    flat = samples_adu.reshape(-1).view(np.uint16)
    return {
        "timestamp": time_ms.astype(np.uint64),
        "signal_ids": ak.unflatten(channel.astype(np.uint16), counts),
        "signal_data": ak.unflatten(flat, counts * samples_adu.shape[1]),
    }


class RootFile:
    """Writes raw events batch by batch to the tree ``events``, readable by ROOT itself."""

    def __init__(
        self, path: Path, branches: Mapping[str, Any], compression: Literal["zlib", "zstd"]
    ) -> None:
        import uproot

        packed = {"zlib": uproot.ZLIB, "zstd": uproot.ZSTD}[compression](1)
        self.file = uproot.recreate(path, compression=packed)
        self._tree = self.file.mktree("events", dict(branches))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.file.close()

    def write(self, columns: Mapping[str, Any], kept: NDArray[np.bool_]) -> None:
        """Append the kept ones of some events."""
        if kept.any():
            self._tree.extend({name: values[kept] for name, values in columns.items()})


class Truth:
    """Writes truth rows batch by batch in a schema."""

    def __init__(self, path: Path, schema: Schema) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        fields = [
            pa.field(column.name, getattr(pa, _ARROW.get(column.dtype, column.dtype))(), False)
            for column in schema.columns
        ]
        self._schema = pa.schema(fields)
        self._columns = schema.columns
        self._writer = pq.ParquetWriter(path, self._schema, write_page_checksum=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def write(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Append rows, each column cast to its type."""
        import pyarrow as pa

        arrays = [
            pa.array(columns[column.name].tolist(), pa.large_string())
            if column.dtype == "string"
            else pa.array(columns[column.name].astype(column.dtype))
            for column in self._columns
        ]
        self._writer.write_table(pa.table(arrays, schema=self._schema))
