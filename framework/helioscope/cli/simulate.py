"""``helioscope simulate``: raw events of a detector, with their truth."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import click

from helioscope.cli.output import json_option, message, print_json


@click.command("simulate")
@click.argument("simulator")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder of the files.",
)
@click.option("--name", default="simulated", help="Name of the run.")
@click.option("--kind", default="science", help="Kind of the run, as a job names it.")
@click.option(
    "--start",
    default="2004-07-01T04:00:00Z",
    help="Start, with its offset from UTC.",
)
@click.option(
    "--seconds", type=click.FloatRange(0, min_open=True), default=60.0,
    help="Length of the run; a detector read out in frames has a number of them instead.",
)  # fmt: skip
@click.option(
    "--seed",
    default=1,
    help="For another draw; runs of other names are other draws.",
)
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    help="TOML file with the tables [detector] and [simulator].",
)
@click.option("--replace", is_flag=True, help="Write over the files of a run of the same name.")
@json_option
def command(
    simulator: str, out: Path, name: str, kind: str, start: str, seconds: float, seed: int,
    settings: Path | None, replace: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write one run of SIMULATOR in the detector's native format, the truth beside it.

    SIMULATOR is one of those that 'helioscope plugins' lists; 'helioscope schema
    simulator.NAME.settings' prints what can be set.
    """
    from helioscope import registry
    from helioscope.core.campaigns.single_run import single_run
    from helioscope.model.names import check_name
    from helioscope.model.time import NS_PER_S
    from helioscope.plugin import Detector, Run, Simulator

    plugins = registry.load()
    chosen = plugins.find(Simulator, simulator)
    detector = plugins.find(Detector, chosen.detector)
    config = _settings(settings, {"detector": detector.config, "simulator": chosen.config})
    start_ns = _time(start)
    stop_ns = start_ns + round(seconds * NS_PER_S)
    run = Run(check_name(name, "run"), kind, start_ns, stop_ns)
    number = int.from_bytes(hashlib.sha256(f"{name}/{seed}".encode()).digest()[:4], "big")
    made = single_run(chosen, config["detector"], config["simulator"], run, out, number, replace)
    files = (
        "1 raw file and its" if len(made.files) == 1 else f"{len(made.files)} raw files and their"
    )
    message(f"wrote {files} truth")
    if made.source:
        message("the run in the job needs [runs.source], which --json prints as 'source'")
    paths = {"files": [str(path) for path in made.files], "truth": str(made.truth)}
    if as_json:
        print_json(
            paths
            | {
                "source": dict(made.source),
                "start_ns": made.run.start_ns,
                "stop_ns": made.run.stop_ns,
            }
        )
    else:
        for path in [*made.files, made.truth]:
            click.echo(path)


def _settings(path: Path | None, models: dict[str, Any]) -> dict[str, Any]:
    from helioscope.errors import UsageError, nearest
    from helioscope.job.reading import validated
    from helioscope.model.toml_files import read_toml

    tables, text = read_toml(path) if path else ({}, "")
    for name in tables:
        if name not in models:
            raise UsageError(
                where=f"{path}: [{name}]", found="no such table", expected=nearest(name, [*models])
            )
    return {
        name: validated(model, tables.get(name, {}), where=str(path), text=text, at=(name,))
        for name, model in models.items()
    }


def _time(text: str) -> int:
    from helioscope.errors import UsageError
    from helioscope.model.time import parse_iso

    try:
        return parse_iso(text)
    except ValueError as error:
        raise UsageError(
            where="--start", found=str(error), expected="ISO 8601 with offset"
        ) from None
