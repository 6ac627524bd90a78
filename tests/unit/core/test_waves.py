"""Which runs may be processed at once."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from helioscope.core.jobs.opening import JobRequest
from helioscope.core.runs.run_tasks import RunTask
from helioscope.core.runs.task_outcomes import waves

REQUEST = JobRequest(Path("job.toml"))
chosen = st.lists(st.tuples(st.sampled_from(("ccd", "tpc")), st.booleans()), max_size=8)


@given(chosen)
def test_a_run_waits_for_those_before_it_that_alone_tell_what_they_cover(
    runs: list[tuple[str, bool]],
) -> None:
    tasks = [
        RunTask(REQUEST, Path("out"), f"r{i}", detector, untimed=precedes)
        for i, (detector, precedes) in enumerate(runs)
    ]
    parted = waves(tasks)
    wave_of = {task.run: number for number, wave in enumerate(parted) for task in wave}
    assert sorted(wave_of) == sorted(task.run for task in tasks)
    assert all(parted)
    for i, task in enumerate(tasks):
        before = [other for other in tasks[:i] if other.detector == task.detector]
        waits_for = [wave_of[other.run] for other in before if other.precedes]
        assert wave_of[task.run] == max(waits_for, default=-1) + 1  # no sooner, and no later
