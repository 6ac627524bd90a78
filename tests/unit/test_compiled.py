"""A compiled kernel never outlives an edit of one that it calls."""

from __future__ import annotations

import os
from pathlib import Path

from helioscope.compiled import drop_outdated


def test_indices_older_than_any_source_go_and_newer_ones_stay(tmp_path: Path) -> None:
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    for path, age in ((tmp_path / "caller.py", 100), (tmp_path / "called.py", 200),
                      (cache / "caller-1.nbi", 150), (cache / "called-1.nbi", 250)):  # fmt: skip
        path.write_text("")
        os.utime(path, (age, age))
    assert [path.name for path in drop_outdated(tmp_path)] == ["caller-1.nbi"]
    assert [path.name for path in cache.iterdir()] == ["called-1.nbi"]
