from collections.abc import Iterator
from pathlib import Path

import pytest

from helioscope.catalog.store import Catalog, open_catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(tmp_path / "catalog.sqlite") as opened:
        yield opened
