"""How the CCD's kernels are compiled."""

from __future__ import annotations

from numba import njit

#: Without the Python lock, kept on disk, and without counting references: the kernels make no
#: arrays, and counting those that they are passed took half of the time at 20 clusters a frame.
#: The cache of a kernel does not see a change in one that it calls from another file: after
#: editing a kernel, remove the ``*.nbi`` files beside it.
kernel = njit(nogil=True, cache=True, _nrt=False)
