"""Worker processes of a command, begun early: they load while the command still plans."""

from __future__ import annotations


def prepare_workers(workers: int, timeout_s: float | None = None) -> None:
    """Begin what the workers are forked from, where there will be any."""
    if workers > 1 or timeout_s is not None:
        from helioscope.execution.fork_server import prepare

        prepare("helioscope.core.runs.preloaded")
