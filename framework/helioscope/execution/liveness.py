"""Whether a process of this machine still works."""

from __future__ import annotations

import os
from pathlib import Path

#: States in /proc/PID/stat of a process that has ended and of which nobody took note yet.
_ENDED = ("Z", "X")


def alive(pid: int) -> bool:
    """Say whether a process is there and has not ended.

    One that was orphaned stays listed after its end until the system's first process takes note:
    seconds later, and in a container, where that may be any program, perhaps never.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return not Path("/proc/self").exists()  # without /proc there is no more to know
    return stat.rpartition(")")[2].split()[0] not in _ENDED
