"""The process from which workers are forked, with what they need already loaded in it.

To import awkward, uproot and numba takes a process seconds; a fork of one that has them begins
at once, and shares their memory.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, SpawnContext

logger = logging.getLogger(__name__)


def prepare(*modules: str) -> ForkServerContext | SpawnContext:
    """Start the fork server of this process; it loads these modules while the caller goes on.

    Call it as soon as it is known that there will be workers. Where it runs already it stays as
    it is.

    Parameters
    ----------
    modules
        They must not start threads: a fork leaves these behind, with the locks that they hold.

    Returns
    -------
    ForkServerContext or SpawnContext
        Starts workers; where the system allows no server, without one.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    try:
        resource_tracker.ensure_running()  # first: where it has to be started it unblocks Ctrl-C
        with _not_from_here(), _out_of_reach_of_ctrl_c():
            forkserver.ensure_running()
    except OSError as error:  # its socket lies in the folder for temporary files
        logger.warning("no fork server (%s): every worker loads the libraries for itself", error)
        return multiprocessing.get_context("spawn")
    return context


@contextmanager
def _not_from_here() -> Iterator[None]:
    """Keep the server from taking modules out of the folder that the user happens to be in."""
    name = "PYTHONSAFEPATH"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def _out_of_reach_of_ctrl_c() -> Iterator[None]:
    """Start a process deaf to Ctrl-C, which reaches all of a terminal: it ends with this one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
