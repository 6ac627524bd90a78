"""ROOT files opened with care: complete by their own header, trees found by name and attached."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helioscope.errors import HelioscopeError, InputError, LimitError, nearest
from helioscope.files import snapshot, unreadable

MAGIC = b"root"
#: Versions are written as 63206 for 6.32/06; files above 2 GB add a million.
MAX_VERSION = 2_000_000
RNTUPLE = "ROOT::RNTuple"

#: fVersion from here on means 64-bit file positions (ROOT's TFile header).
_LARGE_FILE = 1_000_000


def recognises(path: Path) -> bool:
    """Say whether a file begins as ROOT does: its magic, then the number of a version.

    The magic alone is a word that text may begin with, as the table of a system's users does.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError:
        return False
    return start[:4] == MAGIC and int.from_bytes(start[4:], "big") < MAX_VERSION


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a ROOT file; whatever the reading raises on damaged bytes becomes an InputError.

    Raises
    ------
    InputError
        Where the file is shorter than its header says, damaged, or no ROOT file.
    LimitError
        Where memory runs out.
    """
    import uproot

    _check_length(path)
    try:
        with path.open("rb") as file, uproot.open(file) as directory:
            yield directory
    except (HelioscopeError, GeneratorExit):
        raise
    except MemoryError as error:
        raise LimitError(where=str(path), found="no memory left while reading it") from error
    except OSError as error:
        raise unreadable(path, error) from error
    except Exception as error:  # uproot raises whatever the damaged bytes lead to
        text = str(error).strip().partition("\n")[0]
        raise InputError(
            where=str(path),
            found=f"damaged: {type(error).__name__}: {text}",
            expected="an undamaged ROOT file",
            remedy="copy it again from where it was taken",
        ) from error


def _check_length(path: Path) -> None:
    size = snapshot(path).size
    try:
        with path.open("rb") as file:
            head = file.read(32)
    except OSError as error:
        raise unreadable(path, error) from error
    if not head.startswith(MAGIC) or len(head) < 32:
        raise InputError(
            where=str(path),
            found=f"{size} bytes beginning with {head[:4]!r}",
            expected="a ROOT file, which begins with b'root'",
        )
    version = struct.unpack(">i", head[4:8])[0]
    end = struct.unpack(*((">q", head[12:20]) if version >= _LARGE_FILE else (">i", head[12:16])))[
        0
    ]
    if end > size:
        raise InputError(
            where=str(path),
            found=f"truncated: {size} bytes of the {end} that its header declares",
            expected="a complete file",
            remedy="copy it again from where it was taken",
        )


def find_tree(directory: Any, path: Path, name: str | None) -> Any:
    """Give a tree by name, or the only one there is, ready to be read.

    Raises
    ------
    InputError
        Where there is none of that name, or several without a name being given.
    """
    classes = directory.classnames(cycle=False)
    trees = [key for key, kind in classes.items() if kind == RNTUPLE or _is_tree(directory, kind)]
    if name is None and len(trees) == 1:
        name = trees[0]
    if name is None or name not in trees:
        raise InputError(
            where=str(path),
            found=f"trees {', '.join(trees) or 'none'}",
            expected=f"a tree '{name}'" if name else "exactly one tree, or the option tree",
            remedy=nearest(name, trees) if name and trees else "set tree in [runs.source]",
        )
    tree = directory[name]
    if classes[name] != RNTUPLE:
        _attach(tree, directory, name)
    return tree


def _is_tree(directory: Any, kind: str) -> bool:
    if kind in ("TTree", "TNtuple", "TNtupleD", "TChain"):
        return True
    streamers = directory.file.streamers.get(kind)
    if not streamers:
        return False
    newest = streamers[max(streamers)]
    return any(
        base.name == "TTree" for base in newest.elements if base.classname == "TStreamerBase"
    )


def _attach(tree: Any, directory: Any, name: str) -> None:
    """Give a subclass of TTree its file back, which uproot detaches from all it does not know."""
    if tree.file is directory.file:
        return
    tree._file, tree._parent = directory.file, directory.key(name)
    for branch in tree.itervalues(recursive=True):
        branch._file = directory.file
