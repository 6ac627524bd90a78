"""The jobs of a catalogue: what was called, how it ended, what failed."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from helioscope.catalog import tables
from helioscope.catalog.part import Part, stored_path
from helioscope.catalog.rows import Failure, JobRow, JobState
from helioscope.errors import OutputError
from helioscope.files import put_whole

_JOBS, _FAILURES = tables.jobs, tables.failures


class Jobs(Part):
    """The jobs of a catalogue."""

    def start_job(
        self,
        command: str,
        tag: str = "",
        job_file: Path | None = None,
        data_folder: Path | None = None,
    ) -> int:
        """Enter a job that begins now, and give its number.

        Parameters
        ----------
        job_file
            Copied below ``jobs`` under the root, named by its content, so that the job can be
            done again.
        data_folder
            The folder that the job's paths are relative to.
        """
        values = {
            "command": command, "tag": tag, "host": platform.node(), "pid": os.getpid(),
            "started_ns": time.time_ns(), "state": "running",
            "job_file": stored_path(self._kept(job_file), self.root) if job_file else "",
            "data_folder": stored_path(data_folder, self.root) if data_folder else "",
        }  # fmt: skip
        with self.database.writing() as connection:
            number = connection.execute(_JOBS.insert().values(values).returning(_JOBS.c.id))
            return int(number.scalar_one())

    def add_failure(self, number: int, failure: Failure) -> None:
        """Enter a run of a job that failed, at once: a job that is killed leaves it known."""
        with self.database.writing() as connection:
            connection.execute(
                _FAILURES.insert().values(
                    job_id=number,
                    run=failure.run,
                    detector=failure.detector,
                    fault=json.dumps(dict(failure.fault), sort_keys=True),
                )
            )

    def finish_job(self, number: int, state: JobState) -> None:
        """Enter how a job ended."""
        with self.database.writing() as connection:
            connection.execute(
                _JOBS.update()
                .where(_JOBS.c.id == number)
                .values(state=state, finished_ns=time.time_ns())
            )

    def end_job(self, number: int) -> None:
        """Enter that a job is gone that never said how it ended; when that was nobody knows."""
        with self.database.writing() as connection:
            connection.execute(
                _JOBS.update().where(_JOBS.c.id == number).values(state="interrupted")
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
        return [self._job(values, tuple(failed.get(values["id"], ()))) for values in found]

    def _kept(self, job_file: Path) -> Path:
        """Keep a copy of a job file; copies of the same content are the same file."""
        try:
            content = job_file.read_bytes()
            folder = self.root / "jobs"
            kept = folder / _name_of(content)
            if not is_as_kept(kept):
                folder.mkdir(parents=True, exist_ok=True)
                put_whole(kept, content)
        except OSError as error:
            raise OutputError(
                where=str(self.root / "jobs"), found=error.strerror or str(error),
                expected="room for a copy of the job file",
            ) from error  # fmt: skip
        return kept

    def _job(self, values: Any, failures: tuple[Failure, ...]) -> JobRow:
        plain = dict(values)
        for name in ("job_file", "data_folder"):
            plain[name] = self.root / plain[name] if plain[name] else None
        return JobRow(**plain, failures=failures)


def is_as_kept(copy: Path) -> bool:
    """Say whether the copy of a job file is there and holds what it was named by."""
    try:
        return copy.name == _name_of(copy.read_bytes())
    except OSError:
        return False


def _name_of(content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()[:16]}.toml"
