"""How the kernels of likelihoods and pseudo-experiments are compiled."""

from __future__ import annotations

from pathlib import Path

from helioscope.compiled import kernel_compiler

#: They make arrays, and a division by zero raises.
_OPTIONS = {"_nrt": True, "error_model": "python"}
kernel = kernel_compiler(Path(__file__).parent, **_OPTIONS)
inlined_kernel = kernel_compiler(Path(__file__).parent, inline="always", **_OPTIONS)
