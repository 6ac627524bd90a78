"""Where the published tables are, and measurement files for the tests."""

import csv
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from helioscope.axion.constants import SECONDS_PER_DAY


@pytest.fixture(scope="session")
def physics() -> Path:
    """The folder with published tables beside the real data."""
    root = os.environ.get("HELIOSCOPE_REALDATA")
    if not root:
        pytest.skip("HELIOSCOPE_REALDATA is not set: no published tables")
    folder = Path(root).parent / "physics"
    if not folder.is_dir():
        pytest.skip(f"no folder physics beside {root}")
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@pytest.fixture(scope="session")
def published(physics: Path) -> Callable[[str], list[dict[str, str]]]:
    """Read one of the published tables."""
    return lambda name: rows(physics / "tables" / name)


@pytest.fixture
def ccd2004(physics: Path, tmp_path: Path) -> Path:
    """The pn-CCD of 2004 as a measurement file, with the background as given."""
    tables = physics / "tables"
    counts = ["e_lo_kev,e_hi_kev,n_on,n_background"]
    counts += [
        f"{row['E_lo_keV']},{row['E_hi_keV']},{row['n_tracking']},{row['b_expected']}"
        for row in rows(tables / "cast_ccd2004_counts.csv")
    ]
    (tmp_path / "counts.csv").write_text("\n".join(counts))
    exposure = ["energy_kev,exposure_cm2_s"]
    for row in rows(tables / "cast_ccd2004_effective_exposure.csv"):
        cm2_s = float(row["exposure_cm2_day"]) * SECONDS_PER_DAY
        exposure.append(f"{row['E_keV']},{cm2_s!r}")
    (tmp_path / "exposure.csv").write_text("\n".join(exposure))
    on_off = ["e_lo_kev,e_hi_kev,n_on,n_off"]
    on_off += [
        f"{row['E_lo_keV']},{row['E_hi_keV']},{row['n_on']},{row['n_off']}"
        for row in rows(tables / "cast_ccd2004_on_off_derived.csv")
    ]
    (tmp_path / "on_off.csv").write_text("\n".join(on_off))
    body = (
        'exposure = "exposure.csv"\nfield_t = 9.0\nlength_m = 9.26\ndisc_radius_rsun = 0.231738\n'
    )
    head = '[[set]]\nname = "pn-CCD 2004"\n'
    (tmp_path / "on_off.toml").write_text(
        head + 'counts = "on_off.csv"\nalpha = 0.1039455\n' + body
    )
    file = tmp_path / "ccd2004.toml"
    file.write_text(head + 'counts = "counts.csv"\n' + body)
    return file
