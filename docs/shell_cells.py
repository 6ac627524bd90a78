"""Cells of the pages that hold shell commands: ``%%console`` prints what they write to stdout."""

from __future__ import annotations

import os
import subprocess

from IPython.core.magic import register_cell_magic

os.environ.pop("FORCE_COLOR", None)


@register_cell_magic
def console(_options: str, commands: str) -> None:
    """Run the cell's commands in a shell; the page fails where one of them does."""
    shell = ["bash", "-euc", commands]
    done = subprocess.run(  # noqa: S603
        shell, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, check=True
    )
    print(done.stdout, end="")  # noqa: T201
