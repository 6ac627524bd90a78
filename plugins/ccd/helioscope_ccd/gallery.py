"""Pictures of single events: raw frames around their clusters."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.pictures import new_figure, png

#: Half the width of a picture, in pixels.
HALF = 5


class EventCut(NamedTuple):
    """A cut-out of a frame in keV around a pixel, with its title."""

    signal_kev: NDArray[np.float64]
    row: int
    column: int
    title: str


def cut(signal_kev: NDArray[np.float64], row: int, column: int, title: str) -> EventCut:
    """Cut the surroundings of a pixel out of a frame; outside the array stands NaN."""
    padded = np.pad(signal_kev, HALF, constant_values=np.nan)
    part = padded[row : row + 2 * HALF + 1, column : column + 2 * HALF + 1]
    return EventCut(part, row, column, title)


def gallery(cuts: list[EventCut], columns: int = 4) -> bytes:
    """Draw events side by side, each on a colour scale of its own (square root); give PNG."""
    rows = max(1, -(-len(cuts) // columns))
    figure = new_figure(2.4 * columns, 2.5 * rows)
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for place, event in zip(axes, cuts, strict=False):
        _draw(figure, place, event)
    for place in axes[len(cuts) :]:
        place.set_axis_off()
    return png(figure)


def _draw(figure: Any, place: Any, event: EventCut) -> None:
    extent = (
        event.column - HALF - 0.5, event.column + HALF + 0.5,
        event.row - HALF - 0.5, event.row + HALF + 0.5,
    )  # fmt: skip
    from matplotlib.colors import PowerNorm

    top = float(np.nanmax(event.signal_kev))
    image = place.imshow(
        np.maximum(event.signal_kev, 0.0), origin="lower", extent=extent, cmap="viridis",
        norm=PowerNorm(0.5, 0.0, top),
    )  # fmt: skip
    place.set_title(event.title, fontsize=7)
    place.locator_params(integer=True, nbins=5)
    place.tick_params(labelsize=7)
    place.set_xlabel("column", fontsize=7)
    place.set_ylabel("row", fontsize=7)
    bar = figure.colorbar(image, ax=place, shrink=0.8, pad=0.03)
    bar.ax.tick_params(labelsize=6)
    bar.set_label("keV", fontsize=7)
