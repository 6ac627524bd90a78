"""What became of the jobs of a catalogue, and which of them made a product."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence

from helioscope.catalog.rows import JobRow, ProductRow
from helioscope.execution.liveness import alive
from helioscope.model.time import NS_PER_S, iso


def running(job: JobRow) -> bool:
    """Say whether a job still works; of one on another machine nobody knows, so it may."""
    return job.state == "running" and (elsewhere(job) or alive(job.pid))


def running_jobs(jobs: Iterable[JobRow]) -> list[JobRow]:
    """Choose the jobs that still work here, or may on another machine."""
    return [job for job in jobs if running(job)]


def elsewhere(job: JobRow) -> bool:
    """Say whether a job began on another machine, or on this one when it had another name."""
    return job.host != platform.node()


def works(job: JobRow) -> str:
    """Say that a job may still be working, and how to say that it does not."""
    since = iso(job.started_ns // NS_PER_S * NS_PER_S)
    if not elsewhere(job):
        return f"job {job.id} works since {since}"
    return (
        f"job {job.id} of host {job.host} may be working since {since}; "
        f"where it is gone: helioscope catalog end {job.id}"
    )


def state_of(job: JobRow) -> str:
    """Give the state of a job; ``killed`` where its process ended without a word."""
    return "killed" if job.state == "running" and not running(job) else job.state


def made_by(product: ProductRow, jobs: Sequence[JobRow]) -> list[int]:
    """List by number the jobs that may have made a product: those of its tag at that moment.

    A job that was killed has no end. It counts only where no job that came to its end does, and
    of several the last that began.
    """
    begun = [job for job in jobs if job.tag == product.tag and job.started_ns <= product.created_ns]
    ended = [
        job.id
        for job in begun
        if job.finished_ns is not None and product.created_ns <= job.finished_ns
    ]
    return ended or [job.id for job in begun if job.finished_ns is None][-1:]
