"""How the kernels of the simulation are compiled."""

from __future__ import annotations

from pathlib import Path

from helioscope.api import kernel_compiler

#: They make arrays, so references are counted.
kernel = kernel_compiler(Path(__file__).parent, _nrt=True)
