"""Sets of single events in the measurement file."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helioscope.axion.likelihood import chi_square_likelihood, poisson_likelihood
from helioscope.axion.limits import bayesian_limit
from helioscope.axion.mass_scan import resonant_masses, scan_masses
from helioscope.axion.measurement_file import read_measurement
from helioscope.axion.optics import abrixas
from helioscope.axion.solar_image import standard_flux
from helioscope.cli.main import main
from helioscope.errors import HelioscopeError, InputError, UsageError

FLUX = standard_flux()

SET = """[[set]]
name = "events"
events = "events.csv"
exposure = "exposure.csv"
field_t = 9.0
length_m = 9.26
energy_range_kev = [1.0, 7.0]
"""
PLACE = """background_per_kev_mm2_s = 8e-7
region_mm2 = 400.0
centre_mm = [2.0, -1.0]
focal_length_mm = 1600.0
"""
PERIODS = """[[set.period]]
name = "vacuum"
live_s = 250000.0
start = 2004-05-01T00:00:00Z
stop = 2004-05-05T00:00:00Z
[[set.period]]
name = "3 mbar"
live_s = 250000.0
start = 2004-06-01T00:00:00Z
stop = 2004-06-05T00:00:00Z
[set.period.gas]
pressure_mbar = 3.0
"""
LIVE = "live_s = 500000.0\n"
MAY, JUNE = 1_083_400_000 * 10**9, 1_086_100_000 * 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an exposure of 5e5 s of the telescope and 960 events of flat background."""
    area = abrixas()
    lines = ["energy_kev,exposure_cm2_s"]
    for energy, cm2 in zip(area.energy_kev, area.area_cm2, strict=True):
        lines.append(f"{energy:.6g},{cm2 * 5e5:.8g}")
    (tmp_path / "exposure.csv").write_text("\n".join(lines))
    generator = np.random.default_rng(7)
    lines = ["energy_kev,x_mm,y_mm,time_ns,period"]
    for index in range(960):
        energy, x, y = generator.uniform((1.0, -8.0, -11.0), (7.0, 12.0, 9.0))
        start, name = ((MAY, "vacuum"), (JUNE, "3 mbar"))[index % 2]
        lines.append(f"{energy:.4f},{x:.4f},{y:.4f},{start + index},{name}")
    (tmp_path / "all.csv").write_text("\n".join(lines))
    columns(tmp_path, "energy_kev", "x_mm", "y_mm")
    return tmp_path


def columns(folder: Path, *names: str) -> None:
    """Keep some columns of the events."""
    rows = [line.split(",") for line in (folder / "all.csv").read_text().splitlines()]
    kept = [rows[0].index(name) for name in names]
    text = "\n".join(",".join(row[k] for k in kept) for row in rows)
    (folder / "events.csv").write_text(text)


def written(folder: Path, text: str) -> Path:
    file = folder / "measurement.toml"
    file.write_text(text)
    return file


def limit(file: Path, mass_ev: float = 0.0) -> float:
    return bayesian_limit(poisson_likelihood(read_measurement(file), FLUX, mass_ev))


def test_a_set_of_events_gives_a_limit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(folder, SET + PLACE + "live_s = 500000.0\n")
    with pytest.raises(SystemExit) as leave:
        main(["axion", "limit", str(file), "--experiments", "200", "--intervals", "--json"])
    captured = capsys.readouterr()
    assert leave.value.code == 0, captured.err
    result: dict[str, Any] = json.loads(captured.out)
    assert result["counts_on"] == 960
    assert result["counts_expected_background"] == pytest.approx(8e-7 * 6 * 400 * 5e5)
    assert result["li_ma_sigma"] is None
    low, high = result["expected_95_g_per_gev"]
    assert low < result["g95_per_gev"] < high
    assert result["cls_g_per_gev"] == pytest.approx(result["g95_per_gev"], rel=0.1)


def test_names_and_times_put_events_into_the_same_periods(folder: Path) -> None:
    file = written(folder, SET + PLACE + PERIODS)
    columns(folder, "energy_kev", "x_mm", "y_mm", "period")
    (named,) = read_measurement(file).unbinned
    columns(folder, "energy_kev", "x_mm", "y_mm", "time_ns")
    (timed,) = read_measurement(file).unbinned
    for one, other in zip(named.periods, timed.periods, strict=True):
        assert one.energy_kev.size == 480
        assert np.array_equal(one.energy_kev, other.energy_kev)
        assert np.array_equal(one.radius_mm, other.radius_mm)  # type: ignore[arg-type]
        assert one.exposure_cm2_s.max() == pytest.approx(abrixas().area_cm2.max() * 2.5e5)
    assert [part.gas is None for part in timed.periods] == [True, False]


def test_each_period_is_sensitive_at_its_own_mass(folder: Path) -> None:
    columns(folder, "energy_kev", "x_mm", "y_mm", "period")
    file = written(folder, SET + PLACE + PERIODS)
    data = read_measurement(file)
    resonance = data.unbinned[0].periods[1].gas.photon_mass_ev  # type: ignore[union-attr]
    off = limit(file, 0.7 * resonance)
    assert limit(file) < 0.01 * off
    assert limit(file, resonance) < 0.01 * off
    masses = resonant_masses(data, 1e-3, 1.0, 5)
    assert np.abs(masses - resonance).min() == pytest.approx(0.0, abs=1e-9)
    scan = scan_masses(data, FLUX, np.array([1e-3, resonance]), experiments=100)
    assert (scan.expected_g_per_gev[:, 0] < scan.g_per_gev).all()
    assert (scan.g_per_gev < scan.expected_g_per_gev[:, 4]).all()


def test_positions_tighten_the_limit(folder: Path) -> None:
    with_positions = limit(written(folder, SET + PLACE + "live_s = 500000.0\n"))
    columns(folder, "energy_kev")
    without = SET + "background_per_kev_mm2_s = 8e-7\nregion_mm2 = 400.0\nlive_s = 500000.0\n"
    assert limit(written(folder, without)) > 2.0 * with_positions


def test_a_radius_is_a_distance_from_the_centre(folder: Path) -> None:
    placed = limit(written(folder, SET + PLACE + "live_s = 500000.0\n"))
    lines = ["energy_kev,radius_mm"]
    for line in (folder / "events.csv").read_text().splitlines()[1:]:
        energy, x, y = map(float, line.split(","))
        lines.append(f"{energy},{np.hypot(x - 2.0, y + 1.0)}")
    (folder / "events.csv").write_text("\n".join(lines))
    text = SET + PLACE.replace("centre_mm = [2.0, -1.0]\n", "") + "live_s = 500000.0\n"
    assert limit(written(folder, text)) == pytest.approx(placed)


def test_events_and_bins_combine(folder: Path) -> None:
    text = SET + PLACE + "live_s = 500000.0\n"
    alone = limit(written(folder, text))
    (folder / "counts.csv").write_text("e_lo_kev,e_hi_kev,n_on,n_background\n1,4,5,5\n4,7,5,5\n")
    bins = (
        '[[set]]\nname = "bins"\ncounts = "counts.csv"\nexposure = "exposure.csv"\n'
        "field_t = 9.0\nlength_m = 9.26\n"
    )
    binned = limit(written(folder, bins))
    both = limit(written(folder, bins + text))
    assert both < min(alone, binned)
    near = limit(written(folder, bins + "distance_au = 0.9833\n"))
    assert near == pytest.approx(binned * 0.9833**2)


def test_no_event_at_all_is_a_measurement(folder: Path) -> None:
    (folder / "events.csv").write_text("energy_kev,x_mm,y_mm\n")
    quiet = PLACE.replace("8e-7", "1e-10")
    file = written(folder, SET + quiet + "live_s = 500000.0\n")
    likelihood = poisson_likelihood(read_measurement(file), FLUX)
    # -ln 0.05 counts: no event and a flat prior.
    assert bayesian_limit(likelihood) * likelihood.signal.sum() == pytest.approx(2.996, rel=2e-3)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    with pytest.raises(SystemExit) as leave:
        main(["axion", *arguments, "--json"])
    captured = capsys.readouterr()
    assert leave.value.code == 0, captured.err
    result: dict[str, Any] = json.loads(captured.out)
    return result


def test_the_signal_of_events_is_listed_by_period(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns(folder, "energy_kev", "x_mm", "y_mm", "period")
    file = written(folder, SET + PLACE + PERIODS.replace("live_s = 250", "live_s = 125", 1))
    (entry,) = run(capsys, "signal", str(file))["sets"]
    vacuum, helium = entry["periods"]
    assert vacuum["period"] == "vacuum"
    assert vacuum["counts"] > 1e3 * helium["counts"]
    far = run(capsys, "signal", str(file), "--distance-au", "1.0167")["total"]
    assert far == pytest.approx(entry["total"] / 1.0167**2, rel=1e-3)
    text = SET + PLACE + "distance_au = 1.0167\n" + LIVE
    columns(folder, "energy_kev", "x_mm", "y_mm")
    whole = run(capsys, "signal", str(written(folder, SET + PLACE + LIVE)))["total"]
    assert run(capsys, "signal", str(written(folder, text)))["total"] == pytest.approx(
        whole / 1.0167**2, rel=1e-3
    )
    # A third of the live time in vacuum has a third of the exposure.
    assert vacuum["counts"] == pytest.approx(whole / 3.0, rel=1e-6)


def test_events_are_covered_and_scanned_by_the_commands(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(written(folder, SET + PLACE + LIVE))
    shares = run(capsys, "coverage", file, "--experiments", "300", "--workers", "1")["coverage"]
    assert {entry["kind"] for entry in shares} == {"bayesian", "cls", "feldman-cousins"}
    assert all(entry["covered"] > 0.9 for entry in shares)
    scan = run(capsys, "exclusion", file, "--masses", "3", "--to-ev", "0.1", "--workers", "1")
    assert scan["g95_per_gev"][0] < scan["g95_per_gev"][-1]


def test_axions_from_electrons_have_no_image(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = folder / "abc.csv"
    table.write_text("energy_kev,flux_per_cm2_s_kev\n1,1e9\n5,1e8\n10,1e6\n")
    with pytest.raises(SystemExit) as leave:
        main(["axion", "limit", str(written(folder, SET + PLACE + LIVE)), "--abc", str(table)])
    assert leave.value.code == 2
    assert "no image" in capsys.readouterr().err


def test_a_chi_square_of_events_is_refused(folder: Path) -> None:
    data = read_measurement(written(folder, SET + PLACE + "live_s = 500000.0\n"))
    with pytest.raises(UsageError, match="Poisson"):
        chi_square_likelihood(data, FLUX)


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        (SET + PLACE, UsageError, "live_s"),
        (SET + PLACE + LIVE + PERIODS, UsageError, "live_s"),
        (SET + PLACE.replace("focal_length_mm = 1600.0", "") + LIVE, UsageError, "focal_length_mm"),
        (SET + PLACE.replace("centre_mm = [2.0, -1.0]", "") + LIVE, UsageError, "centre_mm"),
        (SET + PLACE + LIVE + "region_radius_mm = 5.0\n", UsageError, "region_radius_mm"),
        (SET + PLACE.replace("region_mm2 = 400.0", "region_radius_mm = 5.0") + LIVE, InputError,
         "beyond region_radius_mm"),
        (SET + PLACE.replace("400.0", "40.0") + LIVE, InputError, "solar image"),
        (SET + PLACE.replace("8e-7", "8e-5") + LIVE, InputError, "divide one per cm"),
        (SET + PLACE.replace("8e-7", "8e-2") + LIVE, UsageError, "background"),
        (SET + PLACE + LIVE + "alpha = 0.1\n", UsageError, "alpha"),
        (SET + PLACE + LIVE + 'counts = "counts.csv"\n', UsageError, "counts"),
        (SET.replace("[1.0, 7.0]", "[1.0, 5.0]") + PLACE + LIVE, InputError, "keV"),
        (SET.replace("[1.0, 7.0]", "[1.0, 99.0]") + PLACE + LIVE, InputError, "exposure from"),
        (SET.replace("[1.0, 7.0]", "[7.0, 1.0]") + PLACE + LIVE, UsageError, "energy_range_kev"),
        (SET + PLACE + PERIODS, InputError, "period or time_ns|when each event"),
        (SET + PLACE + LIVE + "distance_au = 1.496e8\n", UsageError, "distance_au"),
        (SET + PLACE + LIVE + "[set.gas]\npresure_mbar = 3.0\n", UsageError, "pressure_mbar"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    folder: Path, text: str, kind: type[HelioscopeError], says: str
) -> None:
    with pytest.raises(kind, match=says):
        read_measurement(written(folder, text))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("2004-06-01", "2004-05-02", "overlap|from start to stop"),
        ("2004-05-05T00", "2004-05-01T09", "from start to stop"),
        ("start = 2004-05-01T00:00:00Z\n", "", "without start and stop"),
        ("T00:00:00Z", "T00:00:00", "in UTC"),
        ('"3 mbar"', '"vacuum"', "twice"),
        ("2004-05", "2004-07", "outside every period"),
    ],
)
def test_periods_that_cannot_hold_the_events_are_refused(
    folder: Path, old: str, new: str, says: str
) -> None:
    columns(folder, "energy_kev", "x_mm", "y_mm", "time_ns")
    with pytest.raises(HelioscopeError, match=says):
        read_measurement(written(folder, SET + PLACE + PERIODS.replace(old, new)))


@pytest.mark.parametrize(
    ("head", "row", "says"),
    [
        ("energy_kev,x_mm,y_mm", "nan,1,1", "finite"),
        ("energy_kev,x_mm,y_mm", "3000,1,1", "not eV"),
        ("energy_kev,x_mm", "3,1", "both"),
        ("energy_kev,x_mm,y_mm,radius_mm", "3,1,1,1", "one of them"),
        ("energy_kev,radius_mm", "3,-1", "negative"),
        ("energy_kev,x_mm,y_mm,period", "3,1,1,july", "set.period.* of that name: vacuum"),
        ("energy_kev,x_mm,y_mm,time_ns", "3,1,1,1083400000.5", "whole nanoseconds"),
    ],
)
def test_events_that_are_damaged_are_refused(folder: Path, head: str, row: str, says: str) -> None:
    (folder / "events.csv").write_text(f"{head}\n{row}\n")
    with pytest.raises(InputError, match=says):
        read_measurement(written(folder, SET + PLACE + PERIODS))


def test_a_background_of_zero_is_refused(folder: Path) -> None:
    (folder / "background.csv").write_text("energy_kev,background_per_kev_mm2_s\n1,8e-7\n7,0\n")
    text = PLACE.replace("background_per_kev_mm2_s = 8e-7", 'background = "background.csv"')
    with pytest.raises(InputError, match="row 2"):
        read_measurement(written(folder, SET + text + LIVE))


def test_a_background_table_is_the_flat_one_where_it_is_flat(folder: Path) -> None:
    flat = limit(written(folder, SET + PLACE + LIVE))
    table = "energy_kev,background_per_kev_mm2_s\n0.5,8e-7\n9,8e-7\n"
    (folder / "background.csv").write_text(table)
    text = PLACE.replace("background_per_kev_mm2_s = 8e-7", 'background = "background.csv"')
    assert limit(written(folder, SET + text + LIVE)) == pytest.approx(flat)
