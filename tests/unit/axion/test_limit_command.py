import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helioscope.cli.main import main

Published = Callable[[str], list[dict[str, str]]]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    with pytest.raises(SystemExit) as leave:
        main(["axion", *arguments, "--json"])
    captured = capsys.readouterr()
    assert leave.value.code == 0, captured.err
    return json.loads(captured.out)


def test_the_ccd_of_2004(capsys: pytest.CaptureFixture[str], ccd2004: Path) -> None:
    result = run(capsys, "limit", str(ccd2004))
    assert result["counts_on"] == 26
    assert result["counts_expected_background"] == pytest.approx(30.87, abs=0.01)
    assert result["counts_signal_at_g10_1"] == pytest.approx(15.3, rel=0.03, abs=0)
    assert result["g95_per_gev"] == pytest.approx(0.895e-10, rel=0.02, abs=0)


def test_the_ccd_of_2004_on_and_off(capsys: pytest.CaptureFixture[str], ccd2004: Path) -> None:
    result = run(capsys, "limit", str(ccd2004.parent / "on_off.toml"))
    assert (result["counts_on"], result["counts_off"]) == (26, 297)
    assert result["li_ma_sigma"] == pytest.approx(-0.860, abs=0.001)
    assert result["g95_per_gev"] == pytest.approx(0.895e-10, rel=0.02, abs=0)


def test_expected_counts_per_bin_are_the_published_ones(
    capsys: pytest.CaptureFixture[str], ccd2004: Path, published: Published
) -> None:
    sets = run(capsys, "signal", str(ccd2004), "--mass-ev", "1e-3")["sets"]
    reference = [float(row["ref_counts_gagg"]) for row in published("cast_ccd2004_counts.csv")]
    assert [row["counts"] for row in sets[0]["bins"]] == pytest.approx(reference, rel=0.02, abs=0)


def test_the_five_measurements_of_2003(
    capsys: pytest.CaptureFixture[str], published: Published, tmp_path: Path
) -> None:
    lines = []
    for row in published("prl2005_table.csv"):
        best, error = float(row["g4_best_1e-40"]) * 1e-40, float(row["g4_err_1e-40"]) * 1e-40
        lines += ["[[set]]", f'name = "{row["set"]}"']
        lines += [f"g4_best_per_gev4 = {best!r}", f"g4_error_per_gev4 = {error!r}"]
    file = tmp_path / "prl2005.toml"
    file.write_text("\n".join(lines))
    result = run(capsys, "limit", str(file), "--method", "chi-square")
    assert result["g95_per_gev"] == pytest.approx(1.16e-10, rel=0.01, abs=0)
    assert result["counts_on"] is None


def test_counts_fall_with_the_distance_and_grow_with_the_coupling(
    capsys: pytest.CaptureFixture[str], ccd2004: Path
) -> None:
    near = run(capsys, "signal", str(ccd2004))["total"]
    far = run(capsys, "signal", str(ccd2004), "--distance-au", "1.0167", "--g10", "2")["total"]
    assert far / near == pytest.approx(16.0 / 1.0167**2)
