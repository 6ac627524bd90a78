"""What a worker process that does runs has loaded when it begins.

Only a fork server imports this module, for the sake of what it loads: libraries, and what numba
makes ready before its first kernel. Plugins are not among it: a stranger's may start threads.
"""

import awkward  # noqa: F401
import pyarrow.parquet  # noqa: F401
import uproot  # noqa: F401
from numba.core.registry import cpu_target

from helioscope.core.runs import run_tasks  # noqa: F401

cpu_target.typing_context.refresh()
cpu_target.target_context.refresh()
