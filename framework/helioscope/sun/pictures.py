"""Pictures: the tracking of a day, and the exposures of a season as a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.model.intervals import Intervals
from helioscope.model.time import NS_PER_S, iso
from helioscope.sun.exposure import PointingExposure
from helioscope.sun.magnet_states import sun_differences
from helioscope.sun.tracking import Tracking

#: Okabe and Ito's colours, told apart by all eyes.
ORANGE, BLUE, GREEN, VERMILION, GREY = "#E69F00", "#0072B2", "#009E73", "#D55E00", "#BBBBBB"
HOUR_NS = 3600 * NS_PER_S
DAY_NS = 24 * HOUR_NS
MARGIN_NS = 600 * NS_PER_S


def tracking_picture(exposure: PointingExposure, number: int = 0) -> bytes:
    """Draw one tracking: paths of Sun and magnet, and their difference against time.

    Parameters
    ----------
    number
        Which tracking of the log, from 0.

    Returns
    -------
    bytes
        SVG; of an empty frame that says so where the log has no such tracking.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 7.6), layout="constrained")
    trackings = exposure.history.trackings
    if number >= len(trackings):
        axes = figure.add_subplot()
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no tracking in this log", ha="center", va="center", fontsize=14)
        return _svg(figure)
    one = trackings[number]
    rows = slice(
        int(np.searchsorted(exposure.log.time_ns, one.start_ns - MARGIN_NS)),
        int(np.searchsorted(exposure.log.time_ns, one.stop_ns + MARGIN_NS)),
    )
    path, across, up = figure.subplots(3, 1, height_ratios=[2.2, 1, 1])
    _draw_path(path, exposure, one, rows)
    _draw_differences((across, up), exposure, one, rows)
    path.set_title(f"{one.end} tracking of {iso(one.start_ns)[:10]}, "
                   f"{one.on_sun.duration_ns() / NS_PER_S / 60:.1f} min on the Sun")  # fmt: skip
    return _svg(figure)


def _draw_path(axes: Any, exposure: PointingExposure, one: Tracking, rows: slice) -> None:
    log = exposure.log
    times = log.time_ns[rows]
    sun = exposure.sun.position(times)
    horizontal, vertical = log.horizontal_deg[rows], log.vertical_deg[rows]
    if one.end == "sunset":
        horizontal, vertical = horizontal + 180.0, -vertical
    on = one.on_sun.contains(times)
    middle = (sun.altitude_deg.min() + sun.altitude_deg.max()) / 2
    axes.plot(sun.azimuth_deg, sun.altitude_deg, color=ORANGE, lw=5, alpha=0.7, label="Sun")
    axes.plot(horizontal, vertical, color=BLUE, lw=1.2, label="magnet")
    axes.plot(horizontal[on], vertical[on], color=GREEN, lw=2, label="magnet, tracking")
    axes.axhline(0, color=GREY, lw=0.8, zorder=0)
    axes.annotate("horizon", (sun.azimuth_deg.max(), 0), ha="right", va="bottom", color="0.4")
    axes.set_xlabel("azimuth (deg)")
    axes.set_ylabel("altitude (deg)")
    axes.set_ylim(middle - 9.5, middle + 9.5)
    axes.legend(frameon=False, loc="upper left")


def _draw_differences(
    panels: tuple[Any, Any], exposure: PointingExposure, one: Tracking, rows: slice
) -> None:
    log = exposure.log
    times = log.time_ns[rows]
    found = sun_differences(
        times, log.horizontal_deg[rows], log.vertical_deg[rows], exposure.sun.track
    )
    pair = found[:2] if one.end == "sunrise" else found[2:]
    clock = _hours(times)
    offsets = (one.offset_across_deg, one.offset_up_deg)
    tolerance = exposure.settings.tolerance_deg
    for axes, values, offset, name in zip(panels, pair, offsets, ("across", "up"), strict=True):
        for start, stop in one.on_sun.pairs():
            axes.axvspan(*_hours(np.array([start, stop])), color=GREEN, alpha=0.15, lw=0)
        axes.plot(clock, values, ".", ms=1.5, color=BLUE, rasterized=values.size > 2_000)
        for edge in (offset - tolerance, offset + tolerance):
            axes.axhline(edge, color=VERMILION, lw=0.9, ls="--")
        axes.axhline(offset, color=VERMILION, lw=0.9)
        axes.set_ylim(offset - 4 * tolerance, offset + 4 * tolerance)
        axes.set_xlim(clock[0], clock[-1])
        axes.set_ylabel(f"magnet - Sun,\n{name} (deg)")
        axes.text(0.5, 0.05, f"offset {offset:+.4f} deg, tolerance {tolerance:g} deg",
                  transform=axes.transAxes, fontsize=9, ha="center")  # fmt: skip
    panels[1].set_xlabel("time (h UTC)")
    panels[0].tick_params(labelbottom=False)


def calendar_picture(trackings: Sequence[Tracking], at_rest: Intervals) -> bytes:
    """Draw a season: the hours of each day that were tracking and background.

    Parameters
    ----------
    trackings
        All of the season.
    at_rest
        The background.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 5.4), layout="constrained")
    clock, hours = figure.subplots(2, 1, height_ratios=[2.4, 1], sharex=True)
    on_sun = Intervals.of([pair for one in trackings for pair in one.on_sun.pairs()])
    for times, colour, name in (
        (at_rest, GREY, "background"),
        (on_sun, GREEN, "tracking"),
    ):
        days, bottoms, heights = _by_day(times)
        clock.bar(days, heights, bottom=bottoms, width=1.0, color=colour, lw=0, align="edge")
        per_day, index = np.unique(days, return_inverse=True)
        sums = np.bincount(index, heights) if days.size else np.empty(0)
        if name == "tracking":
            hours.bar(per_day, sums, width=1.0, color=colour, lw=0, align="edge")
        total = times.duration_ns() / HOUR_NS
        clock.bar(0, 0, color=colour, label=f"{name}: {total:.1f} h")
    _dress_calendar(clock, hours, on_sun | at_rest)
    return _svg(figure)


def _dress_calendar(clock: Any, hours: Any, covered: Intervals) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    clock.set_ylim(0, 24)
    clock.set_yticks(range(0, 25, 4))
    clock.set_ylabel("time of day (h UTC)")
    clock.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
    hours.set_ylabel("tracking\n(h a day)")
    if len(covered):
        first, last = int(covered.start_ns[0]) // DAY_NS, int(covered.stop_ns[-1]) // DAY_NS
        clock.set_xlim(first, last + 1)

    def day(value: float, _: int) -> str:
        return f"{datetime.fromtimestamp(value * 86_400, UTC):%Y-%m-%d}"

    hours.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    hours.xaxis.set_major_formatter(FuncFormatter(day))
    hours.set_xlabel("day")


def _by_day(
    times: Intervals,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Cut intervals at midnight: day number, hour of the start, hours."""
    if not len(times):
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    midnights = np.arange(times.start_ns[0] // DAY_NS + 1, times.stop_ns[-1] // DAY_NS + 1) * DAY_NS
    edges = np.unique(np.concatenate((times.start_ns, times.stop_ns, midnights)))
    inside = times.contains(edges[:-1])
    start, stop = edges[:-1][inside], edges[1:][inside]
    return start // DAY_NS, (start % DAY_NS) / HOUR_NS, (stop - start) / HOUR_NS


def _hours(time_ns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Hours since the midnight before the first."""
    result: NDArray[np.float64] = (time_ns - time_ns[0] // DAY_NS * DAY_NS) / HOUR_NS
    return result


def _svg(figure: Any) -> bytes:
    from io import BytesIO

    import matplotlib as mpl

    stream = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "helioscope", "svg.fonttype": "path"}):
        figure.savefig(stream, format="svg", metadata={"Date": None}, dpi=150)
    return stream.getvalue()
