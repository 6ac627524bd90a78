"""The raw file formats that are built in, and which of them a file is of."""

from __future__ import annotations

from helioscope.plugin import Source


def builtin_sources() -> tuple[Source, ...]:
    """List the built-in sources."""
    from helioscope.io import fits_frames, root_trees

    return (fits_frames.SOURCE, root_trees.SOURCE)
