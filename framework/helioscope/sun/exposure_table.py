"""The exposure of detectors, runs and seasons in hours: the table that goes on the slides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

TAGS = ("tracking", "background", "excluded")


@dataclass(frozen=True)
class Exposure:
    """Live seconds by tag, dead time taken out, and what was lost and why.

    Attributes
    ----------
    season, detector, run
        Whose it is; empty where summed over.
    excluded_s_by_reason
        Parts of ``excluded_s``.
    """

    season: str
    detector: str
    run: str
    tracking_s: float
    background_s: float
    excluded_s: float
    dead_s: float
    excluded_s_by_reason: Mapping[str, float]

    def as_hours(self) -> dict[str, Any]:
        """Give the row in hours, as plain values."""
        named = {"season": self.season, "detector": self.detector, "run": self.run}
        return {
            **{key: value for key, value in named.items() if value},
            "tracking_h": self.tracking_s / 3600,
            "background_h": self.background_s / 3600,
            "excluded_h": self.excluded_s / 3600,
            "dead_h": self.dead_s / 3600,
            "excluded_h_by_reason": {
                reason: seconds / 3600 for reason, seconds in self.excluded_s_by_reason.items()
            },
        }


def exposures(
    live_time: Iterable[Mapping[str, Any]], seasons: Mapping[str, str], by: tuple[str, ...]
) -> list[Exposure]:
    """Sum live-time rows.

    Parameters
    ----------
    live_time
        Rows of the live-time product: run, detector, tag, reason, live_s, dead_s.
    seasons
        The season of each run by its name; a run without one stands under ``""``.
    by
        What to keep apart: any of ``season``, ``detector``, ``run``.

    Returns
    -------
    list of Exposure
        Sorted by season, detector and run.

    Raises
    ------
    ValueError
        For a tag that is none.
    """
    sums: dict[tuple[str, str, str], dict[str, float]] = {}
    reasons: dict[tuple[str, str, str], dict[str, float]] = {}
    for row in live_time:
        if row["tag"] not in TAGS:
            raise ValueError(f"tag '{row['tag']}' is none of {', '.join(TAGS)}")
        names = {
            "season": seasons.get(row["run"], ""),
            "detector": row["detector"],
            "run": row["run"],
        }
        key = tuple(names[name] if name in by else "" for name in ("season", "detector", "run"))
        own = sums.setdefault(key, dict.fromkeys((*TAGS, "dead"), 0.0))  # type: ignore[arg-type]
        own[row["tag"]] += row["live_s"]
        own["dead"] += row["dead_s"]
        if row["tag"] == "excluded":
            why = reasons.setdefault(key, {})  # type: ignore[arg-type]
            why[row["reason"]] = why.get(row["reason"], 0.0) + row["live_s"]
    return [
        Exposure(*key, own["tracking"], own["background"], own["excluded"], own["dead"],
                 reasons.get(key, {}))
        for key, own in sorted(sums.items())
    ]  # fmt: skip


def overlaps(spans: Mapping[str, tuple[int, int]]) -> list[tuple[str, str, int]]:
    """List pairs of runs of one detector that share time, with the shared nanoseconds.

    Parameters
    ----------
    spans
        First and last instant of each run, POSIX ns.
    """
    ordered = sorted(spans, key=lambda run: spans[run])
    found = []
    for number, run in enumerate(ordered):
        for later in ordered[number + 1 :]:
            if spans[later][0] >= spans[run][1]:
                break
            shared = min(spans[run][1], spans[later][1]) - spans[later][0]
            found.append((run, later, shared))
    return found
