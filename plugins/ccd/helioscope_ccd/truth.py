"""The simulation's truth as Parquet: what hit the chip, and what the camera is."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np

from helioscope_ccd.camera import Camera
from helioscope_ccd.particles import Particles


class TruthWriter:
    """Writes particles batch by batch, in the simulator's truth schema."""

    def __init__(self, path: Path, columns: int, pair_ev: float) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.columns, self.pair_ev = columns, pair_ev
        fields = [
            ("kind", pa.large_string()), ("event_id", pa.int64()), ("time_ns", pa.int64()),
            ("source", pa.int16()), ("x_mm", pa.float64()), ("y_mm", pa.float64()),
            ("depth_um", pa.float64()), ("energy_kev", pa.float64()), ("out_of_time", pa.bool_()),
            ("pixel", pa.large_list(pa.field("element", pa.int32(), nullable=False))),
            ("pixel_kev", pa.large_list(pa.field("element", pa.float32(), nullable=False))),
        ]  # fmt: skip
        self.schema = pa.schema([pa.field(name, kind, nullable=False) for name, kind in fields])
        self.writer = pq.ParquetWriter(path, self.schema, write_page_checksum=True)

    def write(self, made: Particles) -> None:
        """Append the particles of one batch."""
        import pyarrow as pa

        hits = made.hits
        offsets = np.searchsorted(hits.owner, np.arange(made.frame.size + 1))
        pixel = (hits.row * self.columns + hits.column).astype(np.int32)
        energy = (hits.electrons * self.pair_ev * 1e-3).astype(np.float32)
        jagged = [
            pa.LargeListArray.from_arrays(
                pa.array(offsets), pa.array(values), type=self.schema.field(name).type
            )
            for name, values in (("pixel", pixel), ("pixel_kev", energy))
        ]
        flat = [
            np.where(made.source < 0, "track", "photon"), made.frame, made.time_ns,
            made.source.astype(np.int16), made.x_mm, made.y_mm, made.depth_um, made.energy_kev,
            made.out_of_time,
        ]  # fmt: skip
        arrays = [
            pa.array(values, field.type) for values, field in zip(flat, self.schema, strict=False)
        ]
        self.writer.write_batch(pa.record_batch([*arrays, *jagged], schema=self.schema))

    def __enter__(self) -> TruthWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.writer.close()


def write_camera(path: Path, camera: Camera) -> None:
    """Write the camera's true maps, one row a pixel."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows, columns = camera.offset_adu.shape
    row, column = np.divmod(np.arange(rows * columns), columns)
    table = pa.table(
        {
            "row": row.astype(np.int16),
            "column": column.astype(np.int16),
            "offset_adu": camera.offset_adu.ravel(),
            "noise_adu": camera.noise_adu.ravel(),
            "bad": camera.bad.ravel(),
            "charge_left": camera.left.ravel(),
        }
    )
    pq.write_table(table, path, write_page_checksum=True)
