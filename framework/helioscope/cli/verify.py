"""``helioscope verify``: whether everything is as the catalogue says."""

from __future__ import annotations

from dataclasses import asdict

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import json_option, message, print_json, print_table


@click.command("verify")
@click.option("--clean", is_flag=True, help="Take away what no product needs.")
@click.option("--no-inputs", is_flag=True, help="Leave raw files and pointing logs unread.")
@archive_options
@json_option
def command(archive: Archive, clean: bool, no_inputs: bool, as_json: bool) -> int:
    """Compare products, calibrations, kept job files and inputs with the catalogue.

    Inputs are the raw files, and the pointing logs with the digests that the records tell.

    Finds missing and changed files, products and calibrations without a row, and what a killed
    process left over. With --clean, left-overs, calibrations that were never finished, and rows
    of products whose file is gone are taken away; a finished product or calibration never is.
    Exit code 4 where something is damaged, 3 where only disorder was found.
    """
    from helioscope.core.archive.verification import exit_code, verified

    with archive.opened() as catalog:
        findings = list(verified(catalog, inputs=not no_inputs, clean=clean))
    if as_json:
        rows = [asdict(finding) | {"path": str(finding.path)} for finding in findings]
        print_json({"findings": rows, "whole": not findings})
    elif findings:
        table = [
            (f.verdict + (" (cleaned)" if f.cleaned else ""), f.what, str(f.path), f.detail)
            for f in findings
        ]
        print_table("", ("verdict", "what", "path", "detail"), table)
    else:
        message("everything is as the catalogue says")
    return int(exit_code(findings))
