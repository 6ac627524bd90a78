"""``helioscope catalog add``: a directory tree of raw files into the catalogue."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import json_option, message, print_json, print_table

if TYPE_CHECKING:
    from helioscope.catalog.archive import Added

#: Seconds between two lines of progress.
HEARTBEAT_S = 5.0
#: Files that are gone, by name: a whole disk may be away.
GONE_SHOWN = 5


@click.command("add")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--detector", required=True, help="Name of the detector in the catalogue.")
@click.option("--plugin", help="Detector that 'helioscope plugins' lists; --detector by default.")
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    help="TOML file with the tables [settings] of the detector and [source] of the files.",
)
@click.option("--kind", help="Kind of the runs; science for new ones if not given.")
@click.option("--by", type=click.Choice(["file", "folder"]), default="file",
              help="Each file is a run, or each folder.")  # fmt: skip
@click.option(
    "--no-times",
    is_flag=True,
    help="Do not read when each run began.",
)
@click.option("--replace", is_flag=True, help="Accept changed files; look again at bad ones.")
@click.option("--workers", default=1, help="Local processes.")
@archive_options
@json_option
def command(
    archive: Archive, folder: Path, detector: str, plugin: str | None, settings: Path | None,
    kind: str | None, by: Literal["file", "folder"], no_times: bool, replace: bool, workers: int,
    as_json: bool,
) -> int:  # fmt: skip
    """Enter the raw files below FOLDER.

    Files are recognised by their content; those that no source knows are left out. Digests are
    computed once and remembered by size and time, so the same call again goes on where it
    stopped and reads only what is new. With --replace files whose content changed are accepted,
    and those that were bad, or of another kind or detector, are looked at again. A file with
    the same content as another one makes its run suspect. Exit code 3 where something is bad,
    suspect, left out or gone.
    """
    from helioscope.catalog.archive import add_folder
    from helioscope.catalog.imported_runs import Import
    from helioscope.core.archive.examination import Examination, examined_by
    from helioscope.core.archive.import_settings import import_settings
    from helioscope.execution.engine import engine
    from helioscope.files import plain_path
    from helioscope.registry import load

    given = import_settings(settings, plugin or detector, load())
    look = Examination(plugin or detector, given.settings, given.source, times=not no_times)
    asked = Import(plain_path(folder), detector, kind, by, given.source, replace)
    chosen = engine(workers)
    with archive.opened(make=True) as catalog:
        added = add_folder(
            catalog, asked, lambda paths: examined_by(chosen, look, paths), _heartbeat()
        )
    _print(added, as_json)
    return 3 if added.bad or added.copies or added.left_out or added.gone else 0


def _heartbeat() -> Callable[[Added], None]:
    started = last = time.monotonic()

    def beat(added: Added) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= HEARTBEAT_S:
            last = now
            done = added.added + added.known + added.not_raw
            rate = done / (now - started)
            message(f"{done:,} files, {rate:,.0f} files/s, {added.added:,} entered")

    return beat


def _print(added: Added, as_json: bool) -> None:
    numbers = {
        "files_added": added.added,
        "files_known": added.known,
        "files_of_another_kind": added.of_another_kind,
        "files_of_another_detector": added.of_another_detector,
        "files_not_raw": added.not_raw,
        "files_bad": len(added.bad),
        "files_suspect": len(added.copies),
        "files_left_out": len(added.left_out),
        "files_gone": len(added.gone),
        "runs": added.runs,
    }
    wrong = {
        "bad": [(str(file.path), file.reason) for file in added.bad],
        "suspect": [(str(path), reason) for path, reason in added.copies],
        "left out": [(str(path), reason) for path, reason in added.left_out],
        "gone": [(str(path), reason) for path, reason in added.gone],
    }
    if as_json:
        rows = {
            name.replace(" ", "_"): [{"path": path, "reason": reason} for path, reason in of]
            for name, of in wrong.items()
        }
        print_json(numbers | rows)
        return
    table = [(name.replace("_", " "), number) for name, number in numbers.items()]
    print_table("", ("what", "number"), table)
    for name, of in wrong.items():
        shown = of[:GONE_SHOWN] if name == "gone" else of
        for path, reason in shown:
            message(f"{name}: {path}: {reason}")
    if len(added.gone) > GONE_SHOWN:
        message(f"gone: {len(added.gone) - GONE_SHOWN} more")
    if added.copies:
        message("their runs are suspect; 'helioscope catalog mark' says which is to count")
    if added.of_another_kind or added.of_another_detector:
        message("files that are known otherwise were left; --replace looks at them again")
