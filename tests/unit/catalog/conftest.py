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
