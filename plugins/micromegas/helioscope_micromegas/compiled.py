"""How the kernels of the Micromegas are compiled."""

from __future__ import annotations

from pathlib import Path

from helioscope.api import kernel_compiler

#: The pass over strips makes its scratch arrays itself, so references are counted.
kernel = kernel_compiler(Path(__file__).parent, _nrt=True)
