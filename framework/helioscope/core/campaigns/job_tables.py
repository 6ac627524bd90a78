"""The job of a simulated campaign, as the tables of a job file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from helioscope.model.time import iso
from helioscope.plugin import Campaign, Settings, Simulated

Intervals = Sequence[tuple[int, int, str, str]]


def job_tables(
    campaign: Campaign,
    runs: Mapping[str, Simulated],
    data: Path,
    intervals: Intervals,
    pointing: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Write down the job of a campaign as the tables of a job file."""
    detector: dict[str, Any] = {
        "plugin": campaign.detector,
        "settings": _set(campaign.detector_config),
    }
    if campaign.discriminator:
        detector["discriminator"] = campaign.discriminator
        detector["discriminator_settings"] = _set(campaign.discriminator_config)
    tables: dict[str, Any] = {
        "job": {"name": campaign.name},
        "detectors": {campaign.detector: detector},
        "runs": [_run_table(campaign, made, data) for made in runs.values()],
    }
    if pointing:
        tables["pointing"] = dict(pointing)
    elif intervals:
        tables["intervals"] = [
            {"start": iso(start), "stop": iso(stop), "tag": tag, "reason": reason}
            for start, stop, tag, reason in intervals
        ]
    return tables


def _run_table(campaign: Campaign, made: Simulated, data: Path) -> dict[str, Any]:
    table: dict[str, Any] = {
        "name": made.run.name,
        "detector": campaign.detector,
        "kind": made.run.kind,
        "files": [path.relative_to(data).as_posix() for path in made.files],
    }
    for key, value in (("start", made.run.start_ns), ("stop", made.run.stop_ns)):
        if value is not None:
            table[key] = iso(value)
    if made.source:
        table["source"] = dict(made.source)
    return table


def _set(config: Any) -> dict[str, Any]:
    """Give the settings that differ from their defaults, as a job file would name them."""
    if not isinstance(config, Settings):
        return {}
    values: dict[str, Any] = config.model_dump(mode="json", exclude_defaults=True)
    return values
