"""Style of the CCD's pictures and their form as bytes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

#: Okabe and Ito's palette, told apart by colour-blind readers.
BLUE, VERMILION, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#E69F00", "#009E73", "#777777"

STYLE = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "helioscope",
    "svg.fonttype": "none",
}


def new_figure(width_in: float, height_in: float) -> Any:
    """Make a figure that no window knows of."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        return Figure(figsize=(width_in, height_in), layout="constrained")


def svg(figure: Any) -> bytes:
    """Give a figure as SVG, the same bytes for the same figure."""
    import matplotlib as mpl

    stream = BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def png(figure: Any, dpi: int = 150) -> bytes:
    """Give a figure as PNG."""
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=dpi, metadata={"Software": None})
    return stream.getvalue()
