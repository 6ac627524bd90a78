"""A tree of small raw files, the look at them, and their import."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from helioscope.catalog.archive import add_folder
from helioscope.catalog.imported_runs import Examined, Import
from helioscope.catalog.rows import FileRow
from helioscope.catalog.store import Catalog
from helioscope.files import sha256_of, snapshot


class Look:
    """Looks at files: those that begin with RAW are raw; remembers which it read."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.read: list[str] = []
        self.stop_after = stop_after

    def __call__(self, paths: Iterable[Path]) -> Iterator[Examined]:
        for path in paths:
            if self.stop_after is not None and len(self.read) >= self.stop_after:
                raise KeyboardInterrupt
            self.read.append(path.name)
            content = path.read_bytes()
            if not content.startswith(b"RAW"):
                yield Examined(path, None)
                continue
            state = ("bad", "torn") if content.endswith(b"torn") else ("ok", "")
            seen = snapshot(path)
            row = FileRow(path, seen.size, seen.mtime_ns, sha256_of(path), *state)  # type: ignore[arg-type]
            yield Examined(path, row, int(content[3:5]))


def add(catalog: Catalog, asked: Import, look: Look) -> tuple[int, int, int, int]:
    done = add_folder(catalog, asked, look, lambda _: None)
    return done.added, done.known, done.not_raw, len(done.bad)
