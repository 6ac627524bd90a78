from collections.abc import Iterator
from pathlib import Path

import pytest

from helioscope.catalog.store import Catalog, open_catalog


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    """A new catalogue, on each database in turn."""
    if request.param == "sqlite":
        location: str | Path = tmp_path / "catalog.sqlite"
    else:
        location = request.getfixturevalue("postgresql_url")
    with open_catalog(location, tmp_path) as opened:
        yield opened


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files that begin with RAW, good and torn, and others."""
    top = tmp_path / "tree"
    for place, content in {
        "2004/a.root": "RAW11", "2004/b.root": "RAW12", "2005/a.root": "RAW21 torn",
        "2005/notes.txt": "hello", "2005/.hidden": "RAW99", "c d.root": "RAW31",
    }.items():  # fmt: skip
        path = top / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (top / "link.root").symlink_to(top / "2004/a.root")
    return top
