"""Opening a job: everything that can be checked is, before any data is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.catalog.store import open_catalog
from helioscope.core.events import border
from helioscope.core.events.judging import SunOffset
from helioscope.core.events.raw import all_sources
from helioscope.core.events.tagging import Tagging
from helioscope.core.jobs.workspace import Workspace
from helioscope.errors import OutputError
from helioscope.files import plain_path, require_unchanged, sha256_of, snapshot
from helioscope.job.plan import Plan, plan_job
from helioscope.job.reading import validated
from helioscope.registry import Registry

CATALOG = "catalog.sqlite"


@dataclass(frozen=True)
class JobRequest:
    """What a command asks of a job.

    Attributes
    ----------
    data, out
        Folders of the raw files and of the products; the job file's own folder for the first
        and ``out`` below it for the second where they are None.
    catalog
        Path of a SQLite file or URL of a server; ``catalog.sqlite`` below ``out`` where None.
    analysis_tag
        Which frozen set of calibrations holds.
    may_be_gone
        A raw file that is not there fails its run alone.
    """

    job: Path
    data: Path | None = None
    out: Path | None = None
    catalog: str | None = None
    analysis_tag: str | None = None
    skip_bad: bool = False
    quiet: bool = False
    may_be_gone: bool = False


@contextmanager
def opened(request: JobRequest, registry: Registry) -> Iterator[Workspace]:
    """Open a job for work; its catalogue is closed at the end.

    Raises
    ------
    UsageError
        Where the job file is wrong.
    OutputError
        Where the output folder or the catalogue cannot be used.
    PluginError
        Where a plugin raises at its settings, or says of them what it may not.
    """
    plan = plan_job(request.job, registry, request.data, request.may_be_gone)
    _require_settings(plan)
    out = plain_path(request.out or request.job.parent / "out")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            where=str(out), found=error.strerror or str(error), expected="a folder to write into"
        ) from error
    tagging, sun_offset, pointing = time_tags(plan, request.job)
    with open_catalog(request.catalog or out / CATALOG, root=out) as catalog:
        # A tag never changes, so that what it froze can be read once.
        tag = request.analysis_tag
        yield Workspace(
            plan=plan,
            out=out,
            catalog=catalog,
            sources=all_sources(registry),
            tagging=tagging,
            sun_offset=sun_offset,
            pointing=pointing,
            analysis_tag=tag,
            frozen=None if tag is None else catalog.calibration_set(tag),
            skip_bad=request.skip_bad,
            quiet=request.quiet,
            job=request.job,
        )


def _require_settings(plan: Plan) -> None:
    for entry in plan.detectors.values():
        border.require_settings(entry.detector, entry.config)
        if entry.discriminator:
            border.require_settings(entry.discriminator, entry.discriminator_config)
        for planned in entry.calibrators:
            border.require_settings(planned.calibrator, planned.config)


def time_tags(plan: Plan, job: Path) -> tuple[Tagging, SunOffset | None, dict[str, Any]]:
    """Make the tags of time from the job's intervals and its pointing logs.

    Without a pointing log, time that no interval covers has the tag that the job says; with
    one, what the log does not cover is excluded.

    Returns
    -------
    Tagging, SunOffset or None, dict
        The last says for the record what the logs and the tables of the Earth's rotation were;
        its files and digests are those of the logs in their order, then of the grid.
    """
    if not plan.pointing_files:
        return Tagging.of(plan.intervals, plan.untagged), None, {}
    from helioscope.sun.exposure import pointing_exposure
    from helioscope.sun.pointing_settings import PointingSettings

    settings = validated(
        PointingSettings, plan.pointing_settings, where=str(job), at=("pointing", "settings")
    )
    paths = list(plan.pointing_files)
    if settings.grid:
        paths.append(plan.data / settings.grid)
        settings = settings.model_copy(update={"grid": str(paths[-1])})
    before = [snapshot(path) for path in paths]
    exposure = pointing_exposure(plan.pointing_files, settings)
    digests = [sha256_of(path) for path in paths]
    for path, seen in zip(paths, before, strict=True):
        require_unchanged(path, seen)

    def sun_offset(time_ns: NDArray[np.int64]) -> NDArray[np.float32]:
        return exposure.sun_offset_deg(time_ns).astype(np.float32)

    intervals = [*exposure.tagged(), *plan.intervals]
    about = {
        "files": [str(path) for path in paths],
        "sha256": digests,
        "settings": settings.model_dump(mode="json", exclude={"grid"}),
        "notes": list(exposure.notes),
        "tables": exposure.sun.provenance,
    }
    return Tagging.of(intervals, "excluded", "no log"), sun_offset, about
