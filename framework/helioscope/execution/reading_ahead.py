"""Reading ahead in a thread, so that reading and reconstruction overlap."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

Batch = TypeVar("Batch")


def ahead(batches: Iterator[Batch], depth: int = 2) -> Iterator[Batch]:
    """Go through batches while a thread reads the next ones.

    At most ``depth`` batches wait; an error of the reader is raised where its batch would be.
    """
    waiting: queue.Queue[Batch | BaseException | None] = queue.Queue(depth)
    stop = threading.Event()

    def put(item: Batch | BaseException | None) -> None:
        while not stop.is_set():
            with contextlib.suppress(queue.Full):
                waiting.put(item, timeout=0.2)
                return

    def work() -> None:
        try:
            for batch in itertools.takewhile(lambda _: not stop.is_set(), batches):
                put(batch)
            put(None)
        except BaseException as error:  # noqa: BLE001 - raised again where the batch would be
            put(error)

    thread = threading.Thread(target=work, name="read-ahead", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
