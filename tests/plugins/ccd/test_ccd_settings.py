"""Settings of the CCD's simulator: sources without a photon energy to draw are refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from helioscope_ccd.simulation_settings import PhotonSource


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"spectrum": "lines"}, "needs lines"),
        ({"spectrum": "lines", "lines": ((-3.0, 1.0),)}, "line -3.0 keV"),
        ({"spectrum": "lines", "lines": ((3.0, 1.0), (5.9, -1.0))}, "intensity -1.0"),
        ({"spectrum": "lines", "lines": ((3.0, 0.0),)}, "are 0"),
        ({"spectrum": "power_law", "span_kev": (8.0, 1.0)}, "span_kev must rise"),
    ],
)
def test_source_without_energies_is_refused(settings: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        PhotonSource.model_validate({"name": "tube", "rate_hz": 1.0, **settings})
