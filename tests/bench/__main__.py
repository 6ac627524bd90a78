"""Every bench, one after the other: ``make bench``.

``python -m tests.bench NAME …`` runs only those named.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

#: Run by name, because it takes gigabytes; and what is no bench.
BY_NAME = ("ccd_memory", "ccd_runs", "timing")


def main() -> None:
    """Run the benches named on the command line, or all."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    for name in sys.argv[1:] or [name for name in found if name not in BY_NAME]:
        sys.stdout.write(f"\n== {name}\n")
        sys.stdout.flush()
        module = importlib.import_module(f"tests.bench.{name}")
        sys.argv = [name]
        module.main()


if __name__ == "__main__":
    main()
