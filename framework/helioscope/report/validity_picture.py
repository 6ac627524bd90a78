"""The validity of calibrations as a picture: a row each, a bar for each version."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from helioscope.catalog import validity
from helioscope.catalog.calibration_rows import by_calibration
from helioscope.catalog.rows import CalibrationRow

#: Blue and orange of Okabe and Ito for neighbours in time, vermilion for what is wrong.
_COLOURS = ("#0072b2", "#56b4e9")
_WRONG = "#d55e00"
_NS = 1_000_000_000
_LETTERS = 32


def drawn(rows: Sequence[CalibrationRow], title: str) -> bytes:
    """Draw a time line as SVG; the same rows give the same bytes.

    An arrow marks a validity without an end; overlaps and gaps are outlined.
    """
    import matplotlib as mpl
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure

    groups = by_calibration(rows)
    with mpl.rc_context({"svg.hashsalt": "helioscope", "font.size": 10, "svg.fonttype": "none"}):
        figure = Figure(figsize=(9.0, 1.4 + 0.55 * max(len(groups), 1)), layout="constrained")
        axes = figure.add_subplot()
        first, last = _span(rows)
        for height, (_, group) in enumerate(reversed(groups)):
            _draw_calibration(axes, height, group, first, last)
        named = [f"{_short(name)}\n{_short(of)}" for (of, name), _ in reversed(groups)]
        axes.set_yticks(range(len(groups)), named)
        axes.set_ylim(-0.6, max(len(groups), 1) - 0.4)
        axes.set_xlim(_moment(first), _moment(last))
        locator = AutoDateLocator()
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        axes.set_xlabel("Time (UTC)")
        axes.set_title(title, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
        _legend(axes)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _short(name: str) -> str:
    """Cut a name that would leave no room for the time line."""
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def _draw_calibration(
    axes: Any, height: int, group: Sequence[CalibrationRow], first: int, last: int
) -> None:
    for number, row in enumerate(group):
        start, stop = max(validity.start_of(row), first), min(validity.stop_of(row), last)
        axes.barh(height, _moment(stop) - _moment(start), left=_moment(start), height=0.5,
                  color=_COLOURS[number % 2], edgecolor="white", linewidth=1.0)  # fmt: skip
        end = "" if row.stop_ns is not None else " →"
        axes.text(_moment(start), height, f" v{row.version}{end}", va="center", ha="left",
                  color=("white", "black")[number % 2], fontsize=9, clip_on=True)  # fmt: skip
    for one, other in validity.overlaps(group):
        start = max(validity.start_of(other), first)
        stop = min(validity.stop_of(one), validity.stop_of(other), last)
        _mark(axes, height, start, stop, "////")
    starts = [validity.start_of(row) for row in group]
    stops = [validity.stop_of(row) for row in group]
    for start, stop in validity.gaps(group, max(min(starts), first), min(max(stops), last)):
        _mark(axes, height, start, stop, "")


def _mark(axes: Any, height: int, start: int, stop: int, hatch: str) -> None:
    axes.barh(height, _moment(stop) - _moment(start), left=_moment(start), height=0.5,
              facecolor="none", edgecolor=_WRONG, linewidth=1.5, hatch=hatch,
              linestyle="-" if hatch else "--")  # fmt: skip


def _legend(axes: Any) -> None:
    from matplotlib.patches import Patch

    shown = [
        Patch(facecolor=_COLOURS[0], label="holds"),
        Patch(facecolor="none", edgecolor=_WRONG, hatch="////", label="overlap"),
        Patch(facecolor="none", edgecolor=_WRONG, linestyle="--", label="gap"),
    ]
    axes.legend(handles=shown, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False)


def _span(rows: Sequence[CalibrationRow]) -> tuple[int, int]:
    """Give what the picture shows: every end there is, and some room for what has none."""
    ends = [end for row in rows for end in (row.start_ns, row.stop_ns) if end is not None]
    if not ends:
        return 0, _NS
    room = max((max(ends) - min(ends)) // 10, 3600 * _NS)
    return min(ends) - room, max(ends) + room


def _moment(time_ns: int) -> Any:
    """Give a time as matplotlib's day number."""
    from matplotlib.dates import date2num

    return date2num(datetime.fromtimestamp(time_ns / _NS, UTC))
