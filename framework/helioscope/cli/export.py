"""``helioscope export``: products of runs as ROOT trees, CSV or OGIP event lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from helioscope.cli.output import json_option, message, print_json, print_table

FORMATS = ("root", "csv", "ogip")
PRODUCTS = ("events", "observables", "candidates", "live_time")


@click.command("export")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), default="root")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder for the files; the current one if not given.",
)
@click.option(
    "--product",
    "products",
    type=click.Choice(PRODUCTS),
    multiple=True,
    help="For ROOT and CSV: which products; all if not given.",
)
@click.option("--accepted", is_flag=True, help="For OGIP: only rows accepted as X-rays.")
@click.option("--telescope", help="For OGIP: TELESCOP; HELIOSCOPE if not given.")
@json_option
def command(
    folders: tuple[Path, ...],
    form: str,
    out: Path,
    products: tuple[str, ...],
    accepted: bool,
    telescope: str | None,
    as_json: bool,
) -> None:
    """Write the products of runs (FOLDERS as `helioscope run` left them) in another format.

    ROOT: a file a run with a TTree a product and the lineage inside. CSV: a file a product, the
    lineage beside. OGIP: a FITS event list with good-time intervals for each tag.
    """
    _require_useful(form, bool(products), accepted, telescope)
    _require_different(folders)
    rows: list[dict[str, Any]] = []
    for folder in folders:
        if form == "ogip":
            lists = _ogip(folder, out, accepted, telescope or "HELIOSCOPE")
            if not lists:
                message(f"{folder}: no live time of background or tracking, so no file")
            rows += lists
        else:
            rows += _tables(folder, out, form, products or PRODUCTS)
    if as_json:
        print_json(rows)
        return
    names = ("file", "content", "rows", "live_s")
    print_table("", names, [[row.get(name, "") for name in names] for row in rows])


def _require_useful(form: str, products: bool, accepted: bool, telescope: str | None) -> None:
    """Refuse options that would do nothing, and a name that a FITS header does not hold."""
    from helioscope.errors import UsageError

    idle = {"--product": products} if form == "ogip" else {
        "--accepted": accepted, "--telescope": telescope is not None,
    }  # fmt: skip
    for option, given in idle.items():
        if given:
            raise UsageError(
                where=option,
                found=f"--format {form}, for which it does nothing",
                expected="--format root or csv" if form == "ogip" else "--format ogip",
            )
    if telescope is not None and not re.fullmatch("[ -~]{1,68}", telescope):
        raise UsageError(
            where="--telescope",
            found=ascii(telescope),
            expected="1 to 68 printable ASCII characters, as a FITS header holds them",
        )


def _require_different(folders: tuple[Path, ...]) -> None:
    """Refuse folders whose files would have the same names, and take one another's place."""
    from helioscope.errors import UsageError
    from helioscope.io.run_folders import run_names

    stems: dict[str, Path] = {}
    for folder in folders:
        stem = "_".join(run_names(folder))
        if stem in stems:
            raise UsageError(
                where=f"{stems[stem]} and {folder}",
                found=f"both would be written as {stem}…",
                expected="each run and detector once",
                remedy="export them one after the other, each with its own --out",
            )
        stems[stem] = folder


def _tables(folder: Path, out: Path, form: str, products: tuple[str, ...]) -> list[dict[str, Any]]:
    from helioscope.io.csv_export import write_csv
    from helioscope.io.root_export import write_root
    from helioscope.io.run_folders import require_one_run, run_names
    from helioscope.io.run_records import read_record

    require_one_run(folder, products)
    record = read_record(folder)
    run, detector = run_names(folder)
    paths = {name: folder / f"{name}.parquet" for name in products}
    stem = f"{run}_{detector}"
    if form == "root":
        file = out / f"{stem}.root"
        written = write_root(file, paths, record)
        return [
            {"file": str(file), "content": f"tree {name}", "rows": rows}
            for name, rows in written.items()
        ]
    files = {name: out / f"{stem}_{name}.csv" for name in products}
    return [
        {"file": str(file), "content": name, "rows": write_csv(file, paths[name])}
        for name, file in files.items()
    ]


def _ogip(folder: Path, out: Path, accepted: bool, telescope: str) -> list[dict[str, Any]]:
    from helioscope.catalog.lineage import Lineage
    from helioscope.io.ogip import write_event_list
    from helioscope.io.run_folders import event_lists

    def digest_of(lineage: Mapping[str, Any]) -> str:
        return Lineage.from_dict(lineage).digest

    written = []
    for events in event_lists(folder, digest_of, accepted_only=accepted, telescope=telescope):
        file = out / f"{events.run}_{events.detector}_{events.tag}.fits"
        rows = write_event_list(file, events)
        live_s = int((events.gti_stop_tt_ns - events.gti_start_tt_ns).sum()) / 1e9
        written.append(
            {
                "file": str(file),
                "content": events.tag,
                "rows": rows,
                "live_s": live_s,
            }
        )
    return written
