from __future__ import annotations

import pytest
from tests.unit.classification import toys

from helioscope.classification.samples import Sample
from helioscope.classification.training import Recipe, Training, train


@pytest.fixture(scope="session")
def sample() -> Sample:
    """Source runs and a continuum of X-rays, against background, in five runs each."""
    return toys.sample(1, runs=5, rows=1500, continuous=True)


@pytest.fixture(scope="session")
def trained(sample: Sample) -> dict[str, Training]:
    return {
        kind: train(sample, Recipe(kind))  # type: ignore[arg-type]
        for kind in ("cuts", "likelihood", "classifier")
    }
