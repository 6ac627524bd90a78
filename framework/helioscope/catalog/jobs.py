"""The jobs of a catalogue: what was called, how it ended, what failed."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterable

import sqlalchemy as sa

from helioscope.catalog import tables
from helioscope.catalog.part import Part
from helioscope.catalog.rows import Failure, JobRow, JobState

_JOBS, _FAILURES = tables.jobs, tables.failures


class Jobs(Part):
    """The jobs of a catalogue."""

    def start_job(self, command: str, tag: str = "") -> int:
        """Enter a job that begins now, and give its number."""
        values = {
            "command": command, "tag": tag, "host": platform.node(), "pid": os.getpid(),
            "started_ns": time.time_ns(), "state": "running",
        }  # fmt: skip
        with self.database.writing() as connection:
            number = connection.execute(_JOBS.insert().values(values).returning(_JOBS.c.id))
            return int(number.scalar_one())

    def finish_job(self, number: int, state: JobState, failures: Iterable[Failure] = ()) -> None:
        """Enter how a job ended, with the runs that failed."""
        with self.database.writing() as connection:
            connection.execute(
                _JOBS.update()
                .where(_JOBS.c.id == number)
                .values(state=state, finished_ns=time.time_ns())
            )
            for failure in failures:
                connection.execute(
                    _FAILURES.insert().values(
                        job_id=number,
                        run=failure.run,
                        detector=failure.detector,
                        fault=json.dumps(dict(failure.fault), sort_keys=True),
                    )
                )

    def jobs(self, tag: str | None = None) -> list[JobRow]:
        """List jobs in the order in which they began."""
        query = sa.select(_JOBS).order_by(_JOBS.c.id)
        if tag is not None:
            query = query.where(_JOBS.c.tag == tag)
        with self.database.reading() as connection:
            found = connection.execute(query).mappings().all()
            failed: dict[int, list[Failure]] = {}
            for row in connection.execute(sa.select(_FAILURES).order_by(_FAILURES.c.id)):
                failure = Failure(row.run, row.detector, json.loads(row.fault))
                failed.setdefault(row.job_id, []).append(failure)
        return [JobRow(**values, failures=tuple(failed.get(values["id"], ()))) for values in found]
