"""Estimators as bytes and back: skops archives, opened only after everything is checked.

Nothing in here unpickles. An archive is looked at in this order: its digest, its first bytes,
the sizes its directory claims, the types its schema names, the headers of its arrays. Only
then is skops asked to build the estimator.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from helioscope.classification.allowed_types import ALLOWED_FOR, TYPES
from helioscope.errors import HelioscopeError, InputError, LimitError, UsageError

#: Bounds of an archive: packed, unpacked, and how many entries.
MAX_PACKED_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 256 * 2**20
MAX_ENTRIES = 20_000
SCHEMA = "schema.json"
RETRAIN = "train the model again with 'helioscope train'"


def library_versions() -> dict[str, str]:
    """Give the versions of the libraries that a stored estimator depends on."""
    from importlib.metadata import version

    return {name: version(name) for name in ("numpy", "scikit-learn", "skops")}


def archived(estimator: Any) -> bytes:
    """Store a fitted estimator; the same estimator gives the same bytes."""
    import skops.io

    loose = skops.io.dumps(estimator, compression=zipfile.ZIP_STORED)
    return _repacked(loose)


def digest(content: bytes) -> str:
    """Give the sha256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def restored(content: bytes, sha256: str, where: str) -> Any:
    """Build the estimator that an archive holds.

    Parameters
    ----------
    content
        The archive, as `archived` gave it.
    sha256
        What its card says.
    where
        Named in errors.

    Raises
    ------
    InputError
        Digest wrong, no skops archive (a pickle, say), damaged, or a type that is not allowed.
    LimitError
        Larger than a model can be, packed or unpacked.
    UsageError
        The installed scikit-learn is not the one that the allow-list was made for.
    """
    if len(content) > MAX_PACKED_BYTES:
        raise LimitError(
            where=where,
            found=f"{len(content)} bytes of archive",
            expected=f"at most {MAX_PACKED_BYTES}",
        )
    found = digest(content)
    if found != sha256:
        raise InputError(
            where=where, found=f"sha256 {found}", expected=f"sha256 {sha256}", remedy=RETRAIN
        )
    _refuse_other_library(where)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_directory(archive, where)
            _check_types(archive, where)
            _check_arrays(archive)
        return _built(content)
    except HelioscopeError:
        raise
    except Exception as error:  # damaged bytes may raise anything in zipfile, zlib or skops
        raise _no_model(content, where, error) from error


def _built(content: bytes) -> Any:
    import skops.io

    trusted = sorted({f"{module}.{name}" for module, name, _ in TYPES})
    return skops.io.loads(content, trusted=trusted)


def _repacked(loose: bytes) -> bytes:
    """Pack anew with fixed dates and names, and without memory addresses in the schema."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(loose)) as old, zipfile.ZipFile(packed, "w") as new:
        schema = json.loads(old.read(SCHEMA))
        names: dict[str, str] = {}
        numbers: dict[int, int] = {}
        schema = _renumbered(schema, names, numbers)
        for name in old.namelist():
            if name != SCHEMA:
                _write(new, names[name], old.read(name))
        _write(new, SCHEMA, json.dumps(schema).encode())
    return packed.getvalue()


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _renumbered(part: Any, names: dict[str, str], numbers: dict[int, int]) -> Any:
    """Give objects and files running numbers in the order in which they are met."""
    if isinstance(part, list):
        return [_renumbered(item, names, numbers) for item in part]
    if not isinstance(part, dict):
        return part
    given = {key: _renumbered(item, names, numbers) for key, item in part.items()}
    if isinstance(part.get("__id__"), int):
        given["__id__"] = numbers.setdefault(part["__id__"], len(numbers) + 1)
    if isinstance(part.get("file"), str) and part.get("__loader__"):
        ending = part["file"].rpartition(".")[2]
        given["file"] = names.setdefault(part["file"], f"{len(names)}.{ending}")
    return given


def _no_model(content: bytes, where: str, error: Exception) -> InputError:
    pickled = content[:1] == b"\x80" or content[:2] in (b"(d", b"cb", b"c_", b"cp", b"ci")
    kind = "a pickle" if pickled else f"no readable skops archive ({type(error).__name__})"
    return InputError(
        where=where,
        found=f"{kind}; nothing was loaded",
        expected="an archive that 'helioscope train' wrote",
        remedy=RETRAIN,
    )


def _refuse_other_library(where: str) -> None:
    installed = ".".join(library_versions()["scikit-learn"].split(".")[:2])
    if installed not in ALLOWED_FOR:
        raise UsageError(
            where=where,
            found=f"scikit-learn {installed} is installed",
            expected=f"scikit-learn {' or '.join(ALLOWED_FOR)}, whose types have been reviewed",
        )


def _check_directory(archive: zipfile.ZipFile, where: str) -> None:
    """Refuse what its own directory says is too much; zipfile never unpacks more than that."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES:
        raise LimitError(
            where=where,
            found=f"an archive of {len(entries)} entries and {unpacked} bytes unpacked",
            expected=f"at most {MAX_ENTRIES} entries and {MAX_UNPACKED_BYTES} bytes",
        )
    for entry in entries:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("an entry is packed in a way that models are not")
    if len({entry.filename for entry in entries}) != len(entries):
        raise ValueError("two entries share a name")


def _check_types(archive: zipfile.ZipFile, where: str) -> None:
    """Refuse every type and every loader that is not on the list, before skops sees any."""
    schema = json.loads(archive.read(SCHEMA))
    foreign = sorted(
        {f"{module}.{name} ({loader})" for module, name, loader in _named(schema)
         if (module, name, loader) not in TYPES}
    )  # fmt: skip
    if foreign:
        raise InputError(
            where=where,
            found=f"types that a model does not have: {', '.join(foreign[:5])}; nothing was loaded",
            expected="only types of the allow-list",
            remedy=RETRAIN,
        )


def _named(part: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(part, dict):
        if "__loader__" in part or "__class__" in part or "__module__" in part:
            yield (
                str(part.get("__module__")), str(part.get("__class__")), str(part.get("__loader__"))
            )  # fmt: skip
        for item in part.values():
            yield from _named(item)
    elif isinstance(part, list):
        for item in part:
            yield from _named(item)


def _check_arrays(archive: zipfile.ZipFile) -> None:
    """Refuse arrays whose header claims more than the entry holds, and arrays of objects."""
    from numpy.lib import format as npy

    for entry in archive.infolist():
        if entry.filename == SCHEMA:
            continue
        with archive.open(entry) as stream:
            major, _ = npy.read_magic(stream)
            read = npy.read_array_header_1_0 if major == 1 else npy.read_array_header_2_0
            shape, _, dtype = read(stream)
            held = entry.file_size - stream.tell()
        size = dtype.itemsize
        for axis in shape:
            size *= int(axis)
        if dtype.hasobject or size != held:
            raise ValueError(f"array {entry.filename} claims {size} bytes and holds {held}")
