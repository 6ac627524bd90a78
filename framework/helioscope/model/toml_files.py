"""TOML files as plain values."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from helioscope.errors import UsageError


def read_toml(path: Path, expected: str = "a TOML file") -> tuple[dict[str, Any], str]:
    """Read a TOML file; give its tables and its text.

    Parameters
    ----------
    expected
        What the file should be, for the message.

    Raises
    ------
    UsageError
        Where the file is missing, no text, or not TOML; with the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text), text
    except FileNotFoundError:
        found = "no such file"
    except OSError as error:
        found = error.strerror or str(error)
    except UnicodeDecodeError as error:
        found = f"no text (byte {error.start} is not UTF-8)"
    except tomllib.TOMLDecodeError as error:
        found = str(error)
    raise UsageError(where=str(path), found=found, expected=expected)
