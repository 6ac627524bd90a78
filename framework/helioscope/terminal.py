"""Foreign text on its way to a terminal: control characters are spelled out, in logs as well."""

from __future__ import annotations

import logging


def plain(text: str) -> str:
    r"""Take control characters out of foreign text before it reaches a terminal.

    They are spelled ``\x1b``, as are bytes of a name that is not UTF-8.
    """
    return "".join(c if c.isprintable() else f"\\x{_number(c):02x}" for c in text)


def _number(character: str) -> int:
    number = ord(character)
    return number - 0xDC00 if 0xDC80 <= number <= 0xDCFF else number  # a byte that Python keeps


class PlainFormatter(logging.Formatter):
    """Writes a message with nothing in it that a terminal would obey, line by line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one message."""
        return "\n".join(plain(line) for line in super().format(record).split("\n"))


def make_logs_plain() -> None:
    """Let warnings that no handler was set up for reach stderr as plain text."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(PlainFormatter())
