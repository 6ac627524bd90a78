"""How the TPC's kernels are compiled."""

from __future__ import annotations

from pathlib import Path

from helioscope.api import kernel_compiler

kernel = kernel_compiler(Path(__file__).parent)
