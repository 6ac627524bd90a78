"""How the kernels of this room are compiled."""

from __future__ import annotations

from pathlib import Path

from helioscope.compiled import kernel_compiler

kernel = kernel_compiler(Path(__file__).parent)
