"""``helioscope demo``: a whole small campaign, from simulated raw data to a page of results."""

from __future__ import annotations

import json
import os
import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.axion.demo import demo_limit
from helioscope.cli.output import json_option, message, print_json, print_table
from helioscope.cli.validate import write_pictures
from helioscope.cli.workers import prepare_workers

if TYPE_CHECKING:
    from helioscope.core.campaigns.demonstration import DetectorDemo, TagRate

SUMMARY = "summary.json"


@click.command("demo")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"),
    help="Folder; one that an earlier demo made is made anew.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(1), default=lambda: os.cpu_count() or 1,
    help="Detectors at a time; as many as there are cores by default.",
)  # fmt: skip
@json_option
def command(out: Path, workers: int, as_json: bool) -> None:
    """Simulate, calibrate, reconstruct and separate a small campaign of every detector.

    Writes raw data, products, pictures, summary.json and index.html below --out.
    """
    prepare_workers(workers)
    from helioscope import registry
    from helioscope.core.campaigns.demonstration import detectors_with_demo, summary, write_pointing
    from helioscope.io.files import write_text

    started = time.monotonic()
    _make_way(out)
    detectors = detectors_with_demo(registry.load())
    message(f"the demo campaign of {', '.join(detectors)}, {workers} at a time")
    write_pointing(out)
    demos = _demos(detectors, out.absolute(), workers)
    message("limit: counting and fitting")
    limit = demo_limit(out)
    result = summary(demos, limit, time.monotonic() - started)
    write_text(out / SUMMARY, json.dumps(result, indent=2) + "\n")
    _write_page(out, result)
    if as_json:
        print_json(result)
    else:
        _show(demos)
        _show_limit(limit)
        message(f"in {result['elapsed_s']:.1f} s: {out / 'index.html'}, {out / SUMMARY}")


def _demos(detectors: list[str], out: Path, workers: int) -> dict[str, DetectorDemo]:
    from helioscope.core.campaigns.demonstration import DemoTask, demonstrate
    from helioscope.execution.engine import engine

    demos: dict[str, DetectorDemo] = {}
    tasks = [DemoTask(detector, out) for detector in detectors]
    with closing(engine(workers).map(demonstrate, tasks)) as outcomes:
        for done in outcomes:
            if done.fault:
                raise done.fault
            if done.result:
                demos[done.task.detector] = done.result
                folder = out / "pictures" / done.task.detector
                pictures = write_pictures(done.result.outcome, folder)
                took = f"done in {done.result.elapsed_s:.1f} s"
                message(f"{done.task.detector}: {took}, {len(pictures)} pictures")
    return demos


def _make_way(out: Path) -> None:
    from helioscope.errors import OutputError
    from helioscope.io.files import write_text

    if out.is_symlink() or (out.exists() and any(out.iterdir()) and not (out / SUMMARY).exists()):
        raise OutputError(
            where=str(out),
            found="something that no demo wrote",
            expected="an empty or a new folder",
            remedy="give another --out",
        )
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    # From here on the folder is known as a demo's, even if this one is interrupted.
    write_text(out / SUMMARY, "{}\n")


def _write_page(out: Path, result: dict[str, Any]) -> None:
    from helioscope.io.files import write_text
    from helioscope.report.demo_page import demo_page

    write_text(out / "index.html", demo_page(result))


def _show(demos: dict[str, DetectorDemo]) -> None:
    rates = [rate for demo in demos.values() for rate in demo.rates]
    names = ("detector", "tag", "candidates", "live time", "rate")
    shown = [(r.detector, r.tag, r.candidates, f"{r.live_s:.1f} s", _rate(r)) for r in rates]
    print_table("candidates by tag", names, shown)
    figures = [(name, f) for name, demo in demos.items() for f in demo.outcome.figures]
    if figures:
        columns = ("detector", "figure", "value", "error", "unit", "required")
        print_table("\nfigures", columns, [
            (name, f.name, f.value, "" if f.error is None else f.error, f.unit, f.required)
            for name, f in figures
        ])  # fmt: skip


def _rate(rate: TagRate) -> str:
    if rate.rate_per_s is None or rate.rate_err_per_s is None:
        return ""
    return f"{rate.rate_per_s:.3g} ± {rate.rate_err_per_s:.2g} /s"


def _show_limit(limit: dict[str, Any]) -> None:
    if limit:
        names = ("g95_per_gev", "counts_on", "counts_expected_background", "counts_signal_at_g10_1")
        print_table(
            "\nlimit on the axion-photon coupling", ("", ""), [(n, limit[n]) for n in names]
        )
