"""Products as Parquet: round trips of any schema, same rows as same bytes, whole or absent."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from helioscope.errors import InputError, LimitError, OutputError
from helioscope.io import row_groups
from helioscope.io.parquet import ProductWriter, iterate_product, read_header, read_product
from helioscope.model.products import CANDIDATES
from helioscope.model.schema import Column, Schema, check

METADATA = {"lineage": {"plugin": "ccd 1", "settings": {"threshold_adu": 4.0}}}


def content_of(column: Column, rows: int, draw: Any) -> ak.contents.Content:
    length, wrapped = rows, []
    for axis in column.axes:
        if axis == "var":
            counts = draw(stn.arrays(np.int64, length, elements=st.integers(0, 3)))
            wrapped.append(ak.index.Index64(np.concatenate(([0], np.cumsum(counts)))))
            length = int(counts.sum())
        else:
            wrapped.append((int(axis), length))
            length *= int(axis)
    if column.dtype == "string":
        texts = draw(st.lists(st.text(max_size=4), min_size=length, max_size=length))
        content = ak.to_layout(ak.Array([*texts, "x"])[:length])
    else:
        content = ak.contents.NumpyArray(draw(stn.arrays(column.dtype, length)))
    for entry in reversed(wrapped):
        if isinstance(entry, tuple):
            content = ak.contents.RegularArray(content, entry[0], entry[1])
        else:
            content = ak.contents.ListOffsetArray(entry, content)
    return content


@st.composite
def products(draw: Any) -> tuple[Schema, ak.Array]:
    """Any schema of a few columns, with rows that keep it."""
    types = st.sampled_from(["bool", "int16", "uint16", "int64", "uint32", "float32", "string"])
    axes = st.lists(st.one_of(st.just("var"), st.integers(1, 3)), max_size=2)
    number = draw(st.integers(1, 4))
    columns = tuple(
        Column(f"c{i}_adu", draw(types), "adu", "Meaning.", tuple(draw(axes)))
        for i in range(number)
    )
    schema = Schema("any", draw(st.integers(1, 9)), columns)
    rows = draw(st.integers(0, 12))
    contents = [content_of(column, rows, draw) for column in columns]
    return schema, ak.Array(ak.contents.RecordArray(contents, list(schema.names), rows))


def write(path: Path, schema: Schema, parts: Iterable[ak.Array]) -> bytes:
    with ProductWriter(path, schema, METADATA) as writer:
        for part in parts:
            writer.write(part)
    return path.read_bytes()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(product=products(), step=st.integers(1, 5))
def test_what_is_written_is_read_whole_and_in_steps(
    tmp_path: Path, product: tuple[Schema, ak.Array], step: int
) -> None:
    schema, rows = product
    assert check(rows, schema) == []
    path = tmp_path / "p.parquet"
    write(path, schema, [rows])
    read = read_product(path, schema)
    assert check(read, schema) == []
    assert ak.array_equal(read, rows, equal_nan=True)
    steps = list(iterate_product(path, step, schema))
    assert all(check(part, schema) == [] for part in steps)
    assert ak.array_equal(ak.concatenate(steps), rows, equal_nan=True)
    header = read_header(path)
    assert (header.schema, header.rows, header.metadata) == (schema, len(rows), METADATA)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(product=products(), data=st.data())
def test_batch_borders_do_not_show_in_the_bytes(
    tmp_path: Path, product: tuple[Schema, ak.Array], data: st.DataObject
) -> None:
    schema, rows = product
    borders = data.draw(st.lists(st.integers(0, len(rows)), max_size=4).map(sorted))
    parts = [rows[a:b] for a, b in zip([0, *borders], [*borders, len(rows)], strict=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_groups, "GROUP_ROWS", 4)  # so that a few rows fill several groups
        whole = write(tmp_path / "a.parquet", schema, [rows])
        assert write(tmp_path / "b.parquet", schema, parts) == whole
    groups = pq.ParquetFile(tmp_path / "b.parquet").metadata.num_row_groups
    assert groups == -(-len(rows) // 4)


SIMPLE = Schema(
    "simple",
    2,
    (
        Column("event_id", "int64", "", "Number."),
        Column("charge_adu", "float32", "adu", "Charge.", ("var",)),
    ),
)


def simple(rows: int) -> ak.Array:
    charge = ak.Array(np.random.default_rng(1).random((rows, 3)).astype(np.float32))
    return ak.zip(
        {"event_id": np.arange(rows), "charge_adu": ak.from_regular(charge)}, depth_limit=1
    )


def test_units_and_meanings_stand_in_the_file_for_other_readers(tmp_path: Path) -> None:
    write(tmp_path / "p.parquet", CANDIDATES, [CANDIDATES.empty()])
    field = pq.read_schema(tmp_path / "p.parquet").field("energy_kev")
    assert field.metadata[b"unit"] == b"keV"
    assert field.metadata[b"meaning"].decode() == CANDIDATES["energy_kev"].meaning
    assert not field.nullable


def test_an_exception_leaves_the_former_file_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    former = write(path, SIMPLE, [simple(5)])

    def interrupted() -> Iterator[ak.Array]:
        yield simple(70_000)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(path, SIMPLE, interrupted())
    assert path.read_bytes() == former
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.parquet"]


def test_rows_that_break_the_schema_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="charge_adu"),
        ProductWriter(tmp_path / "p.parquet", SIMPLE, {}) as writer,
    ):
        writer.write(simple(3)[["event_id"]])
    assert list(tmp_path.iterdir()) == []


def test_a_symbolic_link_is_not_written_through(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    (tmp_path / "p.parquet").symlink_to(target)
    with pytest.raises(OutputError, match="symbolic link"):
        ProductWriter(tmp_path / "p.parquet", SIMPLE, {})
    assert target.read_text() == "precious"


def test_another_schema_or_version_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "p.parquet", SIMPLE, [simple(3)])
    newer = Schema("simple", 3, SIMPLE.columns)
    with pytest.raises(InputError, match=r"version 2(.|\n)*version 3"):
        read_product(tmp_path / "p.parquet", newer)
    pq.write_table(pa.table({"x": [1]}), tmp_path / "foreign.parquet")
    with pytest.raises(InputError, match="product of helioscope"):
        read_product(tmp_path / "foreign.parquet")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "p.parquet"
    write(path, SIMPLE, [simple(400)])
    return path


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_truncated_anywhere_names_the_file(
    sound: Path, tmp_path: Path, data: st.DataObject
) -> None:
    content = sound.read_bytes()
    path = tmp_path / "cut.parquet"
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(InputError, match=r"cut\.parquet"):
        read_product(path)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_bit_in_the_pages_is_noticed(
    sound: Path, tmp_path: Path, data: st.DataObject
) -> None:
    """The bytes of a page, not its header, are what its checksum covers."""
    content = bytearray(sound.read_bytes())
    column = pq.ParquetFile(sound).metadata.row_group(0).column(1)
    first = column.dictionary_page_offset or column.data_page_offset
    end = first + column.total_compressed_size
    place = data.draw(st.integers(end - 1000, end - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / "flipped.parquet"
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"flipped\.parquet"):
        read_product(path)


def test_a_bomb_ends_at_the_limit_before_memory_is_taken(tmp_path: Path) -> None:
    """40 million equal numbers pack into a few kB."""
    path = tmp_path / "bomb.parquet"
    schema = Schema("bomb", 1, (Column("event_id", "int64", "", "Number."),))
    zeros = ak.Array(
        ak.contents.RecordArray([ak.contents.NumpyArray(np.zeros(2**20, np.int64))], ["event_id"])
    )
    with ProductWriter(path, schema, {}) as writer:
        for _ in range(40):
            writer.write(zeros)
    assert path.stat().st_size < 2**20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(LimitError, match=r"bomb\.parquet"):
        read_product(path, max_bytes=100 * 2**20)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
    assert sum(len(part) for part in iterate_product(path, 10**5, max_bytes=2**20)) == 40 * 2**20


@pytest.fixture
def limited_files() -> Iterator[None]:
    """Let no file of this process grow beyond 64 kB: writing fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, former)


@pytest.mark.usefixtures("limited_files")
@pytest.mark.parametrize("rows", [20_000, 200_000])
def test_a_full_disk_is_an_output_error_and_leaves_nothing(tmp_path: Path, rows: int) -> None:
    with pytest.raises(OutputError), ProductWriter(tmp_path / "p.parquet", SIMPLE, {}) as writer:
        writer.write(simple(rows))
    assert list(tmp_path.iterdir()) == []


def test_a_killed_writer_leaves_the_final_path_free(tmp_path: Path) -> None:
    program = f"""
import awkward as ak, numpy as np, os, signal
from pathlib import Path
from helioscope.io.parquet import ProductWriter
from helioscope.model.schema import Column, Schema
schema = Schema("s", 1, (Column("event_id", "int64", "", "Number."),))
writer = ProductWriter(Path({str(tmp_path)!r}) / "p.parquet", schema, {{}})
writer.write(ak.zip({{"event_id": np.arange(200_000)}}))
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", program])
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "p.parquet").exists()
    assert [entry.suffix for entry in tmp_path.iterdir()] == [".part"]


def test_rows_of_another_schema_are_refused_with_the_columns_that_differ(tmp_path: Path) -> None:
    a, b, c = (Column(name, "int64", "", "Number.") for name in "abc")
    wanted, more, turned = (Schema("s", 1, of) for of in ((a, b), (a, b, c), (b, a)))
    for schema, found in ((more, "version 1, other columns: c"), (turned, "another order")):
        write(tmp_path / "p.parquet", schema, [schema.empty()])
        with pytest.raises(InputError, match=found):
            read_product(tmp_path / "p.parquet", wanted)
    write(tmp_path / "p.parquet", wanted, [wanted.empty()])
    with pytest.raises(InputError, match="version 1, other columns: c"):
        read_product(tmp_path / "p.parquet", more)
