"""Digests of files, and changes while they are read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from helioscope.errors import InputError
from helioscope.files import require_unchanged, sha256_of, snapshot


def test_digest_is_that_of_the_content(tmp_path: Path) -> None:
    content = os.urandom(3_000_001)
    (tmp_path / "x").write_bytes(content)
    assert sha256_of(tmp_path / "x") == hashlib.sha256(content).hexdigest()
    with pytest.raises(InputError, match="No such file"):
        sha256_of(tmp_path / "y")


@pytest.mark.parametrize("change", ["append", "replace", "remove", "rewrite"])
def test_a_change_while_reading_is_noticed(tmp_path: Path, change: str) -> None:
    path = tmp_path / "raw.fits"
    path.write_text("data")
    before = snapshot(path)
    require_unchanged(path, before)
    if change == "append":
        with path.open("a") as file:
            file.write("more")
    elif change == "replace":
        (tmp_path / "other").write_text("atad")
        (tmp_path / "other").replace(path)
    elif change == "remove":
        path.unlink()
    else:
        path.write_text("atad")
        os.utime(path, ns=(0, before.mtime_ns + 1))
    with pytest.raises(InputError, match=r"raw\.fits"):
        require_unchanged(path, before)
