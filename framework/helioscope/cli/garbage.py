"""When Python searches for garbage: neither while a command starts nor when it ends.

A command makes some 10^5 objects before it works (modules, classes, tables) and keeps all of them.
To search them again and again takes a fifth of the time that it takes to start.
"""

from __future__ import annotations

import gc

#: Objects that a command makes before its first search: about as many as its start needs.
STARTING_OBJECTS = 200_000


def spare_the_start() -> None:
    """Search for the first time after the start, and leave out then what is there."""
    usual = gc.get_threshold()

    def started(_phase: str, _info: dict[str, int]) -> None:
        gc.callbacks.remove(started)
        gc.freeze()
        gc.set_threshold(*usual)

    gc.callbacks.append(started)
    gc.set_threshold(STARTING_OBJECTS, *usual[1:])


def spare_the_end() -> None:
    """Leave a process that ends to the system, which takes back its memory at once."""
    gc.freeze()
