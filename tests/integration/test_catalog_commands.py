"""diff and verify on real products: why they differ, what is damaged, what is left over."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helioscope.catalog.store import open_catalog
from helioscope.cli.main import main

Call = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def call(out: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call a command on the copy with --json; give exit code, what it printed, its messages."""

    def called(*arguments: str) -> tuple[int, Any, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([*arguments, "--json", "--out", str(out)])
        printed = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, json.loads(printed.out or "null"), printed.err

    return called


def verdicts(found: Any) -> set[tuple[str, str]]:
    return {(finding["verdict"], finding["what"]) for finding in found["findings"]}


def test_diff_names_what_differs(call: Call, out: Path) -> None:
    one, other = out / "ccd-science-000/ccd", out / "ccd-science-001/ccd"
    code, found, _ = call("diff", str(one), str(other))
    reasons = {row["kind"]: row["reasons"] for row in found}
    assert code == 0
    assert any(
        "ccd-science-000.fits" in text and "ccd-science-001.fits" in text
        for text in reasons["observables"]
    )
    _, same, _ = call("diff", str(one), str(one))
    assert all(row["reasons"] == [] and row["same_bytes"] for row in same)
    with open_catalog(out / "catalog.sqlite") as catalog:
        rows = catalog.products(kind="observables", detector="ccd")
    _, found, _ = call("diff", rows[0].lineage[:12], rows[1].lineage[:12])
    assert len(found[0]["reasons"]) >= 1


def test_diff_says_what_only_one_folder_holds(call: Call, out: Path) -> None:
    one, other = out / "ccd-science-000/ccd", out / "copy/ccd"
    shutil.copytree(one, other)
    (other / "candidates.parquet").unlink()
    for pair in ((one, other), (other, one)):
        _, found, _ = call("diff", *map(str, pair))
        reasons = {row["kind"]: row["reasons"] for row in found}
        assert reasons["candidates"] == [f"there is none in {other}"]
        assert reasons["events"] == []


def test_diff_of_equal_lineages_and_other_bytes_says_so(call: Call, out: Path) -> None:
    one, other = out / "ccd-science-000/ccd/candidates.parquet", out / "copy.parquet"
    content = bytearray(one.read_bytes())
    content[100] ^= 1
    other.write_bytes(content)
    _, found, _ = call("diff", str(one), str(other))
    assert "the lineages are the same, the bytes are not" in found[0]["reasons"][0]


def test_diff_of_nothing_is_a_usage_error(call: Call, out: Path) -> None:
    assert call("diff", "nowhere", str(out))[0] == 2
    assert call("diff", "ffffffff", "eeeeeeee")[0] == 2


def test_verify_finds_every_kind_of_damage(call: Call, out: Path) -> None:
    assert call("verify")[:2] == (0, {"findings": [], "whole": True})
    product = out / "ccd-science-000/ccd/observables.parquet"
    content = bytearray(product.read_bytes())
    content[200] ^= 1
    product.write_bytes(content)
    (out / "tpc-science-000/tpc/events.parquet").unlink()
    table = next((out / "calibrations/ccd/ccd-dark").rglob("table.parquet"))
    table.write_bytes(table.read_bytes()[:-1])
    code, found, _ = call("verify")
    assert code == 4
    assert verdicts(found) == {
        ("changed", "product"), ("missing", "product"), ("changed", "calibration"),
    }  # fmt: skip


def test_verify_reads_the_records(call: Call, out: Path) -> None:
    (out / "ccd-science-000/ccd/record.json").unlink()
    (out / "ccd-science-001/ccd/record.json").write_bytes(b"\xff\xfe")
    (out / "tpc-science-000/tpc/record.json").write_text("[1]")
    shutil.copy(out / "tpc-science-000/tpc/record.json", out / "tpc-science-001/tpc/record.json")
    shutil.copy(
        out / "micromegas-science-000/micromegas/record.json",
        out / "micromegas-science-001/micromegas/record.json",
    )
    calibrations = out / "calibrations"
    (calibrations / "ccd/ccd-dark/v0001/record.json").write_text("{")
    (calibrations / "tpc/tpc-pedestals/v0001/record.json").unlink()
    code, found, _ = call("verify", "--no-inputs")
    assert code == 4
    named = {
        (finding["verdict"], str(Path(finding["path"]).relative_to(out).parent))
        for finding in found["findings"]
    }
    assert named == {
        ("missing", "ccd-science-000/ccd"), ("changed", "ccd-science-001/ccd"),
        ("changed", "tpc-science-000/tpc"), ("changed", "tpc-science-001/tpc"),
        ("changed", "micromegas-science-001/micromegas"),
        ("changed", "calibrations/ccd/ccd-dark/v0001"),
        ("missing", "calibrations/tpc/tpc-pedestals/v0001"),
    }  # fmt: skip


def test_verify_reads_the_inputs(call: Call, processed: Path) -> None:
    raw = processed / "raw/tpc-science-000.root"
    whole = raw.read_bytes()
    try:
        raw.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        code, found, _ = call("verify")
        assert (code, verdicts(found)) == (4, {("changed", "input")})
        assert call("verify", "--no-inputs")[0] == 0
    finally:
        raw.write_bytes(whole)


def test_clean_takes_left_overs_and_no_product(call: Call, out: Path) -> None:
    gone = 2**22 - 3  # above the largest number of a process
    run = out / "ccd-science-000"
    (run / f".ccd-partial-{gone}-x").mkdir()
    (run / f".ccd-partial-{gone}-x" / ".events.parquet.00.part").write_bytes(b"x")
    (out / ".calibration-abc").mkdir()
    (out / "calibrations/ccd/ccd-dark/v0009").mkdir()
    stray = out / "other/ccd"
    shutil.copytree(run / "ccd", stray)
    code, found, _ = call("verify")
    assert code == 3
    assert verdicts(found) == {
        ("left over", "file"), ("unknown", "calibration"), ("unknown", "product"),
    }  # fmt: skip
    assert call("verify", "--clean")[0] == 3
    assert not (run / f".ccd-partial-{gone}-x").exists()
    assert not (out / ".calibration-abc").exists()
    assert not (out / "calibrations/ccd/ccd-dark/v0009").exists()
    assert len(list(stray.iterdir())) == 5
    shutil.rmtree(stray)
    assert call("verify")[0] == 0


def test_what_a_working_process_writes_is_no_left_over(call: Call, out: Path) -> None:
    mine = out / "ccd-science-000" / f".ccd-partial-{os.getpid()}-x"
    mine.mkdir()
    assert call("verify", "--clean")[0] == 0
    assert mine.exists()


def test_a_missing_catalogue_is_a_usage_error_and_none_is_made(call: Call, out: Path) -> None:
    (out / "catalog.sqlite").unlink()
    code, _, errors = call("catalog", "list")
    assert code == 2
    assert "no catalogue" in errors
    assert not (out / "catalog.sqlite").exists()


def test_help_does_not_pay_for_the_catalogue() -> None:
    script = "import sys, helioscope.cli.main as m; m.cli(); print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_validity_is_shown_in_words_and_as_a_picture(call: Call, out: Path) -> None:
    code, rows, _ = call("catalog", "calibrations", "--picture", str(out / "validity.svg"))
    assert code == 0
    assert {row["name"] for row in rows} >= {"ccd-dark", "ccd-fe55", "micromegas-energy"}
    picture = (out / "validity.svg").read_bytes()
    assert b"<svg" in picture
    assert b"ccd-fe55" in picture
    call("catalog", "calibrations", "--picture", str(out / "again.svg"))
    assert (out / "again.svg").read_bytes() == picture
