"""``helioscope axion exposure``: the effective exposure of an instrument."""

from __future__ import annotations

from pathlib import Path

import click

from helioscope.cli.axion.options import PATH
from helioscope.cli.output import json_option, message, print_json, print_table


@click.command("exposure")
@click.argument("instrument", type=PATH)
@click.option("--live-s", type=click.FloatRange(min=0), required=True, help="Live time on the Sun.")
@click.option(
    "--bins",
    nargs=3,
    type=float,
    default=(0.5, 10.0, 0.1),
    metavar="FROM TO STEP",
    help="Energy bins, keV.",
)
@click.option("--out", type=PATH, help="Write it as the CSV that a measurement file names.")
@json_option
def command(
    instrument: Path,
    live_s: float,
    bins: tuple[float, float, float],
    out: Path | None,
    as_json: bool,
) -> None:
    """Give area x transmission x conversion x efficiency x time of INSTRUMENT (TOML)."""
    from helioscope.axion.exposure import write_exposure
    from helioscope.axion.instrument_file import read_instrument
    from helioscope.axion.selection import energy_bins

    described = read_instrument(instrument)
    energy = energy_bins(*bins)
    exposure = described.exposure_cm2_s(energy, live_s)
    if out is not None:
        write_exposure(energy, exposure, out)
        message(f"wrote {out}")
    columns = {
        "energy_kev": energy,
        "area_cm2": described.area.at(energy),
        "efficiency": described.efficiency(energy),
        "exposure_cm2_s": exposure,
    }
    if as_json:
        print_json({"live_s": live_s, **columns})
        return
    rows = [tuple(map(float, row)) for row in zip(*columns.values(), strict=True)]
    print_table("", list(columns), rows)
