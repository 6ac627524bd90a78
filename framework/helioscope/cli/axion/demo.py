"""What the demo says of the axion: the limit of its small campaign and the exclusion plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

#: Energies in which the demo counts, keV: from, to, width.
BINS_KEV = (1.0, 7.0, 0.5)
#: The magnet of CAST: tesla, metres, cm^2 of one bore.
FIELD_T, LENGTH_M, BORE_CM2 = 9.0, 9.26, 14.522


def demo_limit(out: Path) -> dict[str, Any]:
    """Count the candidates of every detector of a demo, combine them and limit the coupling.

    Each detector is taken as if it saw a bore of CAST with full efficiency: the demo shows the way
    to a limit, with minutes of simulated tracking.

    Parameters
    ----------
    out
        The demo's folder, with products in ``products/<detector>``. Measurement files go to
        ``limit``, the pictures to ``pictures/limit``.

    Returns
    -------
    dict
        The result of ``helioscope axion limit`` with the paths of the pictures, relative to `out`;
        empty where no detector has live time both on the Sun and off.
    """
    from helioscope.axion.exclusion import plot_exclusion, write_scan
    from helioscope.axion.mass_scan import resonant_masses, scan_masses
    from helioscope.axion.measurement import Measurement
    from helioscope.axion.measurement_file import read_measurement
    from helioscope.axion.solar_image import standard_flux
    from helioscope.cli.axion.limit import limit_result

    files = [_measured(folder, out / "limit") for folder in sorted((out / "products").iterdir())]
    sets = [item for file in files if file for item in read_measurement(file).sets]
    if not sets:
        return {}
    data, flux = Measurement(out / "limit", tuple(sets)), standard_flux()
    result = limit_result(data, flux, 0.0, "poisson", 0.95)
    masses = resonant_masses(data, 1e-4, 1.0, 60)
    scan = scan_masses(data, flux, masses, 200)
    pictures = out / "pictures" / "limit"
    pictures.mkdir(parents=True, exist_ok=True)
    paths = [pictures / f"exclusion.{suffix}" for suffix in ("svg", "png")]
    plot_exclusion(scan, [], *paths, label="demo campaign")
    write_scan(scan, pictures / "exclusion.csv")
    return {**result, "picture": "pictures/limit/exclusion.svg"}


def _measured(products: Path, folder: Path) -> Path | None:
    """Write the measurement file of one detector, if it has time on the Sun and off."""
    import numpy as np

    from helioscope.axion import selection
    from helioscope.cli.axion.measurement import read_products

    detector = products.name
    candidates, live_on_s, live_off_s = read_products((products,), detector)
    if live_on_s <= 0 or live_off_s <= 0:
        return None
    counts = selection.count(candidates, live_on_s, live_off_s, selection.energy_bins(*BINS_KEV))
    path = folder / f"{detector}.toml"
    selection.write_measurement(
        path,
        counts,
        name=detector,
        area_energy_kev=np.array([0.5, 10.0]),
        area_cm2=np.full(2, BORE_CM2),
        field_t=FIELD_T,
        length_m=LENGTH_M,
        bore_cm2=BORE_CM2,
    )
    return path
