"""The exposure of a job's products: hours per season, detector and run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helioscope.cli.output import message, print_json, print_table
from helioscope.errors import InputError
from helioscope.sun.exposure_table import Exposure, exposures, overlaps

HOURS = ("tracking_h", "background_h", "excluded_h", "dead_h")


def print_products(folders: Sequence[Path], as_json: bool) -> None:
    """Print the tables of all live-time products under the folders.

    Raises
    ------
    InputError
        Where there are none, or one is damaged.
    """
    rows, spans = _read(folders)
    seasons = {run: _season(span) for (_, run), span in spans.items()}
    for detector in sorted({detector for detector, _ in spans}):
        own = {run: span for (name, run), span in spans.items() if name == detector}
        for first, second, shared_ns in overlaps(own):
            message(f"{detector}: runs {first} and {second} share {shared_ns / 1e9:.1f} s")
    by_season = exposures(rows, seasons, ("season", "detector"))
    by_run = exposures(rows, seasons, ("season", "detector", "run"))
    if as_json:
        print_json(
            {
                "seasons": [one.as_hours() for one in by_season],
                "runs": [one.as_hours() for one in by_run],
            }
        )
        return
    print_table("Exposure by season", ("season", "detector", *HOURS), _cells(by_season, False))
    print_table("Exposure by run", ("season", "detector", "run", *HOURS), _cells(by_run, True))


def _cells(rows: Sequence[Exposure], with_run: bool) -> list[tuple[str, ...]]:
    return [
        (
            one.season,
            one.detector,
            *((one.run,) if with_run else ()),
            *(f"{one.as_hours()[name]:.1f}" for name in HOURS),
        )
        for one in rows
    ]


def _read(
    folders: Sequence[Path],
) -> tuple[list[dict[str, Any]], dict[tuple[str, str], tuple[int, int]]]:
    from helioscope.io.parquet import read_product
    from helioscope.model.products import LIVE_TIME

    found = sorted({path for folder in folders for path in folder.rglob("live_time.parquet")})
    if not found:
        raise InputError(
            where=", ".join(map(str, folders)),
            found="no live time",
            expected="<run>/<detector>/live_time.parquet, as 'helioscope run' writes it",
        )
    rows: list[dict[str, Any]] = []
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for path in found:
        own = read_product(path, LIVE_TIME).to_list()
        rows.extend(own)
        span = _span(path.with_name("events.parquet"))
        for row in own:
            if span:
                spans[row["detector"], row["run"]] = span
    return rows, spans


def _span(path: Path) -> tuple[int, int] | None:
    """First and last event, from the statistics of the file; None without events."""
    from pyarrow import parquet

    if not path.exists():
        return None
    with parquet.ParquetFile(path) as file:
        column = file.schema_arrow.names.index("time_ns")
        groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
        kept = [group.column(column).statistics for group in groups if group.num_rows]
        if not kept:
            return None
        if any(one is None or not one.has_min_max for one in kept):
            times = file.read(columns=["time_ns"]).column(0).to_numpy()
            return int(times.min()), int(times.max())
    return min(one.min for one in kept), max(one.max for one in kept)


def _season(span: tuple[int, int]) -> str:
    return str(datetime.fromtimestamp(span[0] // 1_000_000_000, UTC).year)
