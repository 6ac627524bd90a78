"""Frames as a person looks at them: offset and common mode taken off, in keV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope.api import Setup
from helioscope_ccd.chain import dark_of, gains_of, layout_of
from helioscope_ccd.settings import CcdSettings
from helioscope_ccd.tables import DARK, FE55


def signal_kev(setup: Setup, frame: NDArray[np.generic]) -> NDArray[np.float64]:
    """Give one frame (rows, columns) in keV; bad pixels and those outside the image are NaN."""
    config: CcdSettings = setup.config
    layout = layout_of(config)
    found = {name: entries[0] for name, entries in setup.calibrations.items() if entries}
    offset, _, bad = dark_of(config, found.get(DARK))
    kev_per_adu, _ = gains_of(config, layout, found.get(FE55))
    signal = np.where(bad, np.nan, frame.astype(np.float64) - offset)
    shown = np.full(signal.shape, np.nan)
    for part in layout.sections:
        rows = slice(part.row_start, part.row_stop)
        columns = slice(part.column_start, part.column_stop)
        level = np.nanmedian(signal[rows, part.level_start : part.level_stop], axis=1)
        shown[rows, columns] = signal[rows, columns] - level[:, None]
    return np.asarray(shown * kev_per_adu)
