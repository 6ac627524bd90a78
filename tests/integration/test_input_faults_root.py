"""ROOT files that are truncated, damaged, short or bombs: rows 1, 4, 7 and 9 of the promises."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helioscope.errors import ExitCode, HelioscopeError, InputError
from helioscope.io.root_trees import SOURCE
from helioscope.model.products import RAW
from helioscope.model.schema import Column
from helioscope.plugin import SourceRequest

SCHEMA = RAW.extended(
    "strips_raw",
    1,
    (
        Column("x_strip", "int32", "", "Strip.", ("var",)),
        Column("x_charge_adu", "float32", "adu", "Charge.", ("var",)),
    ),
)
EVENTS = 90


def batch(number: int = EVENTS) -> dict[str, Any]:
    random = np.random.default_rng(3)
    counts = random.integers(0, 9, number)
    total = int(counts.sum())
    return {
        "event_id": np.arange(number),
        "time_ns": 10**18 + np.arange(number),
        "x_strip": ak.unflatten(random.integers(0, 106, total).astype(np.int32), counts),
        "x_charge_adu": ak.unflatten(random.random(total).astype(np.float32), counts),
    }


def write(path: Path, kind: str, columns: dict[str, Any]) -> Path:
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        make = file.mktree if kind == "tree" else file.mkrntuple
        types = {"event_id": "int64", "time_ns": "int64"}
        types |= {"x_strip": "var * int32", "x_charge_adu": "var * float32"}
        make("events", types).extend(columns)
    return path


def read(path: Path, max_bytes: int = 2**24) -> list[Any]:
    request = SourceRequest(path, SCHEMA, {}, 40, max_bytes)
    return [row for batch in SOURCE.read(request) for row in batch.to_list()]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sound files, which read without a fault."""
    folder = tmp_path_factory.mktemp("sound")
    for kind in ("tree", "ntuple"):
        write(folder / f"{kind}.root", kind, batch())
        assert len(read(folder / f"{kind}.root")) == EVENTS
    return folder


@pytest.mark.parametrize("kind", ["tree", "ntuple"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_truncated_anywhere_is_an_input_error_naming_the_file(
    sound: Path, tmp_path: Path, kind: str, data: st.DataObject
) -> None:
    content = (sound / f"{kind}.root").read_bytes()
    path = tmp_path / f"{kind}-cut.root"
    path.write_bytes(content[: data.draw(st.integers(1, len(content) - 1))])
    with pytest.raises(InputError, match=path.name) as caught:
        read(path)
    assert caught.value.exit_code == ExitCode.INPUT
    assert caught.value.expected


@pytest.mark.parametrize("kind", ["tree", "ntuple"])
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_bit_never_crashes_the_reader(
    sound: Path, tmp_path: Path, kind: str, data: st.DataObject
) -> None:
    """ROOT's book-keeping carries no checksum: what passes unseen here, sha256 sees."""
    content = bytearray((sound / f"{kind}.root").read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / "flipped.root"
    path.write_bytes(bytes(content))
    fault = None
    try:
        read(path)
    except HelioscopeError as error:
        fault = error
    assert fault is None or fault.exit_code in (ExitCode.INPUT, ExitCode.LIMIT)
    assert fault is None or "flipped.root" in fault.where


@pytest.mark.parametrize("kind", ["tree", "ntuple"])
def test_bytes_of_a_basket_overwritten_are_noticed(sound: Path, tmp_path: Path, kind: str) -> None:
    """Every data block is zlib with its own checksum: 64 places in the compressed blocks."""
    content = (sound / f"{kind}.root").read_bytes()
    starts = [i for i in range(len(content)) if content[i : i + 3] == b"ZL\x08"]
    assert starts
    wanted = read(sound / f"{kind}.root")
    noticed = 0
    for start in starts:
        broken = bytearray(content)
        broken[start + 14] ^= 0x55
        path = tmp_path / "broken.root"
        path.write_bytes(bytes(broken))
        try:
            assert read(path) == wanted  # a block that nobody asked for
        except HelioscopeError:
            noticed += 1
    assert noticed >= 4


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.root"):
        read(tmp_path / "none.root")


def test_an_empty_file_and_an_empty_tree(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "empty.root"
    path.touch()
    with caplog.at_level(logging.WARNING):
        assert read(path) == []
    assert "empty.root" in caplog.text
    none = write(tmp_path / "none.root", "tree", {k: v[:0] for k, v in batch().items()})
    assert read(none) == []
    assert SOURCE.count(SourceRequest(none, SCHEMA, {}, 40, 2**24)) == 0


def test_a_short_file_counts_fewer_events_than_the_record(tmp_path: Path) -> None:
    """A killed data taking leaves a readable file; its count is what tells."""
    whole = write(tmp_path / "whole.root", "tree", batch())
    short = write(tmp_path / "short.root", "tree", {k: v[:50] for k, v in batch().items()})
    counts = [SOURCE.count(SourceRequest(path, SCHEMA, {}, 40, 2**24)) for path in (whole, short)]
    assert counts == [EVENTS, 50]


def test_bombs_end_at_the_limit(tmp_path: Path, read_in_process: Callable[..., Any]) -> None:
    """96 MB of zeros in a few MB, in one tree and one ntuple; and a basket that lies."""
    number = 1_200_000
    zeros = {
        "event_id": np.zeros(number, np.int64),
        "time_ns": np.zeros(number, np.int64),
        "x_strip": ak.from_regular(ak.Array(np.zeros((number, 8), np.int32))),
        "x_charge_adu": ak.from_regular(ak.Array(np.zeros((number, 8), np.float32))),
    }
    paths = [write(tmp_path / f"{kind}.root", kind, zeros) for kind in ("tree", "ntuple")]
    for path in paths:
        assert path.stat().st_size < 2**23
    lying = write(tmp_path / "lying.root", "tree", batch())
    with uproot.open(lying) as file:
        seek = int(file["events"]["x_strip"].member("fBasketSeek")[0])
    content = bytearray(lying.read_bytes())
    content[seek + 6 : seek + 10] = struct.pack(">i", 2**31 - 1)
    lying.write_bytes(bytes(content))
    readings = read_in_process("root", SCHEMA, [*paths, lying])
    for name, reading in readings.items():
        assert reading.error.get("exit_code") == ExitCode.LIMIT, (name, reading)
        assert reading.grown_mb < 100, (name, reading)
        assert reading.seconds < 2, (name, reading)
