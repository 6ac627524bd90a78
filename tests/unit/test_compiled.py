"""A compiled kernel never outlives a change of one that it calls."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from helioscope.compiled import STAMP, drop_outdated

CALLER = """
from pathlib import Path
from helioscope.compiled import kernel_compiler
import {name}_called as called
kernel = kernel_compiler(Path(__file__).parent)
called_kernel = kernel(called.value)

@kernel
def answer():
    return called_kernel()

print(answer())
"""


def test_kernels_go_once_any_source_is_another_and_stay_while_it_is_the_same(
    tmp_path: Path,
) -> None:
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    compiled = [cache / "caller-1.nbi", cache / "caller-1.1.nbc"]
    for path in (tmp_path / "caller.py", tmp_path / "called.py", cache / "called.pyc", *compiled):
        path.write_text("")
    assert drop_outdated(tmp_path) == sorted(compiled)  # nobody knows what they were made from
    assert {path.name for path in cache.iterdir()} == {"called.pyc", STAMP}
    compiled[0].write_text("")
    assert drop_outdated(tmp_path) == []
    (tmp_path / "called.py").write_text("x = 1")
    assert drop_outdated(tmp_path) == [compiled[0]]
    (tmp_path / "called.py").rename(tmp_path / "another.py")
    compiled[0].write_text("")
    assert drop_outdated(tmp_path) == [compiled[0]]


def test_an_update_that_keeps_time_and_size_of_the_caller_reaches_its_kernel(
    tmp_path: Path,
) -> None:
    """Installed files may all bear one time, whatever their version."""
    (tmp_path / "caller.py").write_text(CALLER.format(name="own"))
    answers = []
    for value in (1, 2):
        (tmp_path / "own_called.py").write_text(f"def value():\n    return {value}\n")
        for path in tmp_path.glob("*.py"):
            os.utime(path, (1e9, 1e9))
        done = subprocess.run(
            [sys.executable, "-B", str(tmp_path / "caller.py")], capture_output=True, text=True
        )
        answers.append((done.stdout.strip(), done.stderr))
    assert answers == [("1", ""), ("2", "")]
