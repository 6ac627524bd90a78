"""Names that become folders: of runs, detectors, calibrations and tags."""

from __future__ import annotations

import re
import unicodedata

from helioscope.errors import UsageError

_ALLOWED = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._+-]{0,98}[A-Za-z0-9_+-])?")

#: What lies beside the runs in the folder of the products, the catalogue included.
_TAKEN = re.compile(
    r"calibrations|jobs|tags|training|archive-id|catalog\.sqlite(-.*)?", re.IGNORECASE
)


def check_run_name(name: str) -> str:
    """Give back a name that is safe as the folder of a run's products, as `check_name` does.

    Raises
    ------
    UsageError
        Where it is not, or where something else of that name lies in the folder of the products.
    """
    if _TAKEN.fullmatch(check_name(name, "run")):
        raise UsageError(
            where="run",
            found=f"the name '{name}', which is that of something else in the folder --out",
            expected="another name than calibrations, jobs, tags, training, archive-id, "
            "catalog.sqlite",
            remedy="rename the run",
        )
    return name


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
