"""Foreign text on its way to a terminal: control characters are spelled out, in logs as well."""

from __future__ import annotations

import logging


def plain(text: str) -> str:
    """Take control characters out of foreign text before it reaches a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


class PlainFormatter(logging.Formatter):
    """Writes a message with nothing in it that a terminal would obey, line by line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one message."""
        return "\n".join(plain(line) for line in super().format(record).split("\n"))


def make_logs_plain() -> None:
    """Let warnings that no handler was set up for reach stderr as plain text."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(PlainFormatter())
