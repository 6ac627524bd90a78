"""What can go wrong, and the exit code that each kind of fault ends a command with."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """The one table of exit codes, the same for every command."""

    DONE = 0
    USAGE = 2
    DONE_WITH_SKIPS = 3
    INPUT = 4
    OUTPUT = 5
    PLUGIN = 6
    LIMIT = 7
    INTERRUPTED = 130


class HelioscopeError(Exception):
    """A fault that a user can act on.

    Parameters
    ----------
    where
        The file, run, batch or event in which it showed.
    found
        What was there.
    expected
        What should have been there.
    remedy
        What to do about it.
    """

    exit_code: ExitCode = ExitCode.INPUT

    def __init__(self, *, where: str, found: str, expected: str = "", remedy: str = "") -> None:
        self.where = where
        self.found = found
        self.expected = expected
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.found}"]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.remedy:
            lines.append(f"  to do:    {self.remedy}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a fault travel between processes."""
        return _rebuilt, (type(self), self.where, self.found, self.expected, self.remedy)

    def as_dict(self) -> dict[str, str | int]:
        """Give the fault as plain values, for records and ``--json``."""
        return {
            "error": type(self).__name__,
            "exit_code": int(self.exit_code),
            "where": self.where,
            "found": self.found,
            "expected": self.expected,
            "remedy": self.remedy,
        }


def _rebuilt(
    kind: type[HelioscopeError], where: str, found: str, expected: str, remedy: str
) -> HelioscopeError:
    return kind(where=where, found=found, expected=expected, remedy=remedy)


class UsageError(HelioscopeError):
    """The command line, the job or a setting is wrong; nothing has been read."""

    exit_code = ExitCode.USAGE


class OtherLineageError(UsageError):
    """What stands at the place of a run was made in another way, and is not to be replaced."""


class InputError(HelioscopeError):
    """A file to be read is damaged, incomplete or not what it says it is."""

    exit_code = ExitCode.INPUT


class OutputError(HelioscopeError):
    """A product or the catalogue could not be written."""

    exit_code = ExitCode.OUTPUT


class PluginError(HelioscopeError):
    """A plugin raised, or returned what its schema does not allow."""

    exit_code = ExitCode.PLUGIN


class LimitError(HelioscopeError):
    """A limit of size, memory or time was reached."""

    exit_code = ExitCode.LIMIT


def nearest(name: str, known: list[str] | tuple[str, ...]) -> str:
    """Suggest the nearest of the known names to a wrong one, as a sentence or nothing."""
    import difflib

    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(sorted(known))}" if known else "none is known"
