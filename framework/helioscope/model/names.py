"""Names that become folders: of runs, detectors, calibrations and tags."""

from __future__ import annotations

import re
import unicodedata

from helioscope.errors import UsageError

_ALLOWED = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._+-]{0,98}[A-Za-z0-9_+-])?")


def check_name(name: str, what: str) -> str:
    """Give back a name that is safe as a folder on every file system.

    Only ASCII letters, digits, dot, underscore, plus and minus pass, so that no name leaves
    its folder and no two names that look alike can stand side by side.

    Raises
    ------
    UsageError
        Where the name is empty, longer than 100 characters, or holds anything else.
    """
    if _ALLOWED.fullmatch(name) and ".." not in name:
        return name
    strange = sorted({_spelled(c) for c in name if not (c.isascii() and c.isprintable())})
    shown = ascii(name if len(name) <= 60 else name[:57] + "...")
    raise UsageError(
        where=what,
        found=f"the name {shown}" + (f", which holds {', '.join(strange)}" if strange else ""),
        expected="1 to 100 ASCII letters, digits or any of . _ + -, a letter or digit first, "
        "no dot last, no '..'",
        remedy=f"rename the {what.split()[0]}",
    )


def _spelled(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'CONTROL')}"
