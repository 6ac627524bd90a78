"""``helioscope axion measurement``: a measurement file from the products of ``helioscope run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from helioscope.cli.axion.options import PATH, field_option, length_option
from helioscope.cli.output import json_option, message, print_json, print_table

if TYPE_CHECKING:
    from helioscope.axion.selection import Candidates


@click.command("measurement")
@click.argument("products", type=click.Path(path_type=Path, file_okay=False), nargs=-1)
@click.option("--out", type=PATH, required=True, help="The measurement file (TOML) to write.")
@click.option("--detector", required=True, help="Name of the detector in the job.")
@click.option("--name", default=None, help="Name of the set; default: the detector.")
@click.option(
    "--bins",
    nargs=3,
    type=float,
    default=(0.8, 6.8, 0.3),
    metavar="FROM TO WIDTH",
    help="Energy bins, keV.",
)
@click.option("--spot", nargs=3, type=float, metavar="X Y RADIUS", help="Focal spot in mm.")
@click.option("--off-radius-mm", type=float, help="Take the off-counts from this larger disc.")
@click.option("--focal-length-mm", type=float, help="Gives the spot's radius on the Sun.")
@click.option(
    "--area",
    type=PATH,
    help="Effective area with every efficiency (CSV: energy_kev, area_cm2); default: ABRIXAS.",
)
@click.option("--efficiency", type=click.FloatRange(0, 1), default=1.0, help="Factor on the area.")
@field_option
@length_option
@click.option(
    "--bore-cm2",
    type=click.FloatRange(0, 1e6),
    default=14.522,
    help="Area of the bore, cm^2.",
)
@json_option
def command(
    products: tuple[Path, ...],
    out: Path,
    detector: str,
    name: str | None,
    bins: tuple[float, float, float],
    spot: tuple[float, float, float] | None,
    off_radius_mm: float | None,
    focal_length_mm: float | None,
    area: Path | None,
    efficiency: float,
    field_t: float,
    length_m: float,
    bore_cm2: float,
    as_json: bool,
) -> None:
    """Count the candidates in PRODUCTS, output folders of ``helioscope run``."""
    from helioscope.axion import optics, selection

    if not products:
        raise click.UsageError("name at least one output folder of 'helioscope run'")
    candidates, live_on_s, live_off_s = read_products(products, detector)
    place = selection.Spot(*spot, off_radius_mm) if spot else None
    counts = selection.count(candidates, live_on_s, live_off_s, selection.energy_bins(*bins), place)
    curve = optics.read_effective_area(area) if area else optics.abrixas()
    radius_rsun = None
    if place is not None and focal_length_mm is not None:
        radius_rsun = optics.disc_radius_rsun(place.radius_mm, focal_length_mm)
    selection.write_measurement(
        out,
        counts,
        name=name or detector,
        area_energy_kev=curve.energy_kev,
        area_cm2=curve.area_cm2 * efficiency,
        field_t=field_t,
        length_m=length_m,
        disc_radius_rsun=radius_rsun,
        bore_cm2=bore_cm2,
    )
    message(f"wrote {out}")
    result = {
        "measurement": str(out),
        "counts_on": int(counts.n_on.sum()),
        "counts_off": int(counts.n_off.sum()),
        "alpha": counts.alpha,
        "live_on_s": live_on_s,
        "live_off_s": live_off_s,
        "disc_radius_rsun": radius_rsun,
    }
    if as_json:
        print_json(result)
    else:
        print_table("", ["", ""], list(result.items()))


def read_products(folders: tuple[Path, ...], detector: str) -> tuple[Candidates, float, float]:
    """Read candidates and live times of one detector from output folders.

    Returns
    -------
    Candidates
        Those accepted.
    float, float
        Live seconds in tracking and in background.

    Raises
    ------
    InputError
        Where no folder holds products of this detector.
    """
    import numpy as np

    from helioscope.axion.selection import Candidates
    from helioscope.errors import InputError
    from helioscope.io.parquet import read_product
    from helioscope.model.products import CANDIDATES, LIVE_TIME

    found = sorted(
        {path.parent for folder in folders for path in folder.rglob("candidates.parquet")}
    )
    found = [folder for folder in found if folder.name == detector]
    if not found:
        raise InputError(
            where=", ".join(map(str, folders)),
            found=f"no candidates of a detector '{detector}'",
            expected="<run>/<detector>/candidates.parquet, as 'helioscope run' writes it",
        )
    parts = []
    live = {"tracking": 0.0, "background": 0.0}
    for folder in found:
        table = read_product(folder / "candidates.parquet", CANDIDATES)
        table = table[np.asarray(table["accepted"])]
        tags = np.array(table["tag"].to_list(), dtype=str)
        columns = [np.asarray(table[key], float) for key in ("energy_kev", "x_mm", "y_mm")]
        parts.append([*columns, tags == "tracking", tags == "background"])
        times = read_product(folder / "live_time.parquet", LIVE_TIME)
        for tag, seconds in zip(times["tag"].to_list(), times["live_s"].to_list(), strict=True):
            if tag in live:
                live[tag] += seconds
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Candidates(*joined), live["tracking"], live["background"]
