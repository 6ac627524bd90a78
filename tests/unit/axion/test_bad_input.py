"""Every fault is made for real, in the files that a user would give."""

from pathlib import Path

import numpy as np
import pytest

from helioscope.axion.measurement_file import read_measurement
from helioscope.axion.solar_model import read_solar_model
from helioscope.cli.main import main
from helioscope.errors import HelioscopeError, InputError, UsageError

COUNTS = "e_lo_kev,e_hi_kev,n_on,n_background\n1,2,3,2.5\n2,3,1,1.5\n"
EXPOSURE = "energy_kev,exposure_cm2_s\n0.5,4e6\n4,5e6\n"
MEASUREMENT = """[[set]]
name = "detector"
counts = "counts.csv"
exposure = "exposure.csv"
field_t = 9.0
length_m = 9.26
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "counts.csv").write_text(COUNTS)
    (tmp_path / "exposure.csv").write_text(EXPOSURE)
    (tmp_path / "measurement.toml").write_text(MEASUREMENT)
    return tmp_path


def test_the_file_is_good_before_it_is_broken(folder: Path) -> None:
    (data,) = read_measurement(folder / "measurement.toml").counting
    assert data.expected_background.sum() == 4.0
    assert data.magnet.field_t == 9.0


BROKEN_TABLES = [
    ("counts.csv", "2,3,1,1.5", "1.9,3,1,1.5", "overlaps"),
    ("counts.csv", "2,3,1,1.5", "0.5,0.9,1,1.5", "rising"),
    ("counts.csv", "2,3,1,1.5", "3,2,1,1.5", "upper edge"),
    ("counts.csv", "1,2,3,2.5", "1,2,-3,2.5", "negative n_on"),
    ("counts.csv", "1,2,3,2.5", "1,2,3.5,2.5", "fraction"),
    ("counts.csv", "1,2,3,2.5", "1,2,3,-2.5", "negative n_background"),
    ("counts.csv", "1,2,3,2.5", "1,2,3,nan", "finite number"),
    ("counts.csv", "1,2,3,2.5", "1,2,3,inf", "finite number"),
    ("counts.csv", "1,2,3,2.5", "1,2,3", "3 fields"),
    ("counts.csv", "1,2,3,2.5", "1,2,three,2.5", "'three' in column n_on"),
    ("counts.csv", "n_on", "n_of", "did you mean 'n_of'"),
    ("counts.csv", "n_background", "background", "either n_off or n_background"),
    ("counts.csv", "1,2,3,2.5\n2,3,1,1.5", "1000,2000,3,2.5\n2000,3000,1,1.5", "keV, not eV"),
    ("counts.csv", "1,2,3,2.5\n2,3,1,1.5\n", "", "no rows"),
    ("exposure.csv", "4e6\n4,5e6", "0\n4,0", "no exposure at any energy"),
    ("exposure.csv", "0.5,4e6\n4,5e6", "0.5,4e6\n2,0\n4,0", "no exposure in the bin"),
    ("exposure.csv", "4e6\n4,5e6", "400\n4,500", "x 1e4"),
    ("exposure.csv", "4e6\n4,5e6", "4e10\n4,5e10", "cm^2 s, between"),
    ("exposure.csv", "4e6", "-4e6", "negative exposure"),
    ("exposure.csv", "4,5e6", "0.4,5e6", "rising"),
    ("exposure.csv", "0.5,4e6", "2.9,4e6", "bins within the exposure"),
    ("exposure.csv", "exposure_cm2_s", "exposure_cm2_day", "exposure_cm2_s"),
]


@pytest.mark.parametrize(("file", "good", "bad", "message"), BROKEN_TABLES)
def test_a_broken_table_ends_in_4(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    good: str,
    bad: str,
    message: str,
) -> None:
    text = (folder / file).read_text()
    assert good in text
    (folder / file).write_text(text.replace(good, bad))
    with pytest.raises(SystemExit) as leave:
        main(["axion", "limit", str(folder / "measurement.toml"), "--json"])
    captured = capsys.readouterr()
    assert leave.value.code == 4
    assert captured.out == ""
    assert message in captured.err
    assert file in captured.err or "detector" in captured.err


BROKEN_TOML = [
    ("field_t = 9.0", "field_t = 9e4", "field_t"),
    ("length_m = 9.26", "length_m = 926.0", "length_m"),
    ("field_t = 9.0", "feild_t = 9.0", "did you mean 'field_t'"),
    ("field_t = 9.0", "field_t = nan", "field_t"),
    ("field_t = 9.0\n", "", "no field_t"),
    ("field_t = 9.0", 'field_t = "9"', "field_t"),
    ("field_t = 9.0", "field_t = 9.0\nfield_t = 8.0", "overwrite"),
    ("length_m = 9.26", "length_m = 9.26\nalpha = 0.1", "alpha without n_off"),
    ("length_m = 9.26", "length_m = 9.26\ndisc_radius_rsun = -1.0", "disc_radius_rsun"),
    ("length_m = 9.26", "length_m = 9.26\n[set.gas]\nisotope = '5He'", "isotope"),
    ("length_m = 9.26", "length_m = 9.26\n[set.gas]\npressure_mbar = 20.0", "vapour pressure"),
    ("length_m = 9.26", "length_m = 9.26\n[set.gas]\npresure_mbar = 2.0", "'pressure_mbar'"),
    ("length_m = 9.26", "length_m = 9.26\n" + MEASUREMENT, "twice"),
    ("[[set]]", "[set", "Expected"),
    ("[[set]]", "[[sets]]", "did you mean 'set'"),
]


@pytest.mark.parametrize(("good", "bad", "message"), BROKEN_TOML)
def test_a_broken_measurement_file_ends_in_2(
    folder: Path, capsys: pytest.CaptureFixture[str], good: str, bad: str, message: str
) -> None:
    (folder / "measurement.toml").write_text(MEASUREMENT.replace(good, bad, 1))
    with pytest.raises(SystemExit) as leave:
        main(["axion", "limit", str(folder / "measurement.toml")])
    assert leave.value.code == 2
    assert message in capsys.readouterr().err


def test_a_wrong_key_is_named_with_its_line(folder: Path) -> None:
    file = folder / "measurement.toml"
    file.write_text(MEASUREMENT.replace("field_t", "feild_t"))
    with pytest.raises(UsageError, match="line 5"):
        read_measurement(file)


def test_a_missing_table_is_named(folder: Path) -> None:
    (folder / "counts.csv").unlink()
    with pytest.raises(InputError, match=r"counts\.csv"):
        read_measurement(folder / "measurement.toml")


def test_a_published_error_in_other_units_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "measurement.toml"
    file.write_text('[[set]]\nname = "a"\ng4_best_per_gev4 = -1.1\ng4_error_per_gev4 = 3.3\n')
    with pytest.raises(InputError, match="near 1e-40"):
        read_measurement(file)


def test_an_instrument_larger_than_cast_says_so(folder: Path) -> None:
    (folder / "exposure.csv").write_text(EXPOSURE.replace("e6", "e10"))
    file = folder / "measurement.toml"
    file.write_text(MEASUREMENT + "bore_cm2 = 23000.0\nlive_s = 3e7\n")
    assert read_measurement(file).counting[0].exposure_cm2_s.max() == 5e10


HEADERS = {
    "bp2004": "#  M/Msun    R/Rsun      T         Rho        P        L/Lsun      X        Y",
    "bs2005": "#  M/Msun  R/Rsun  T  Rho  P  L/Lsun  X  Y(He4)",
    "agss09": "#  Mass     Radius     Temp      Rho       Pres       Lumi      H1       He4",
    "ags05": "##  Mass     Radius     Temp      Rho       Pres       Lumi      H1       He4",
}


def model(header: str, rows: int = 60) -> str:
    radius = np.linspace(0.002, 0.95, rows)
    lines = ["# A solar model", "#", header]
    for r in radius:
        t, rho = 1.55e7 * np.exp(-3.0 * r), 150.0 * np.exp(-10.0 * r)
        lines.append(f"0.1 {r:.5f} {t:.3e} {rho:.3e} 1e17 0.5 0.36 0.63")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("form", HEADERS)
def test_both_forms_of_solar_model_are_recognised_by_their_header(
    tmp_path: Path, form: str
) -> None:
    file = tmp_path / "model.dat"
    file.write_text(model(HEADERS[form]))
    read = read_solar_model(file)
    assert set(read.abundances) == {"H1", "He4"}
    # Hydrogen screens with 2 per proton, helium with 6 per 4 nucleons.
    per_gram = (0.36 * 2 / 1.00783 + 0.63 * 6 / 4.0026) / 1.66054e-24
    assert read.screening_charges_per_cm3()[0] == pytest.approx(
        per_gram * read.density_g_cm3[0], rel=1e-4
    )


FORMS = [
    ("", "\nLsun= 3.8418E+33\nRsun= 6.9598E+10\n"),
    ("Standard Solar Model\nLsun 3.8418E+33\n Columns: 1) Mass fraction\n", ""),
    (
        "#(t1,f9.7,tr2,f7.5,tr2,3(e9.3,tr2),3(f7.5,tr2),27(e9.3,tr1))\n#7-35) Mass fractions\n",
        "\n#\n",
    ),
]


@pytest.mark.parametrize(("before", "after"), FORMS)
def test_what_stands_around_the_numbers_of_a_solar_model_is_no_row(
    tmp_path: Path, before: str, after: str
) -> None:
    plain, framed = tmp_path / "plain.dat", tmp_path / "framed.dat"
    plain.write_text(model(HEADERS["agss09"]))
    framed.write_text(before + plain.read_text() + after)
    one, other = read_solar_model(plain), read_solar_model(framed)
    assert np.array_equal(one.radius_rsun, other.radius_rsun)
    assert np.array_equal(one.temperature_k, other.temperature_k)


def test_a_header_without_comment_signs_and_fortran_exponents_are_read(tmp_path: Path) -> None:
    plain, old = tmp_path / "plain.dat", tmp_path / "old.dat"
    plain.write_text(model(HEADERS["bs2005"]))
    old.write_text(plain.read_text().replace("#", "").replace("e+07", "D+07"))
    one, other = read_solar_model(plain), read_solar_model(old)
    assert np.array_equal(one.temperature_k, other.temperature_k)


def test_radii_that_are_equal_as_printed_are_one(tmp_path: Path) -> None:
    plain, twice = tmp_path / "plain.dat", tmp_path / "twice.dat"
    plain.write_text(model(HEADERS["agss09"]))
    lines = plain.read_text().splitlines()
    twice.write_text("\n".join([*lines[:10], lines[9], *lines[10:]]))
    one, other = read_solar_model(plain), read_solar_model(twice)
    assert np.array_equal(one.radius_rsun, other.radius_rsun)


def test_a_row_cut_short_in_the_middle_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.dat"
    lines = model(HEADERS["agss09"]).splitlines()
    lines[20] = lines[20][:12]
    file.write_text("\n".join(lines))
    with pytest.raises(InputError, match="2 columns"):
        read_solar_model(file)


BROKEN_MODELS = [
    ("Radius", "Radii", "no header"),
    ("Temp ", "Tmp  ", "no column for temperature"),
    ("  He4", "  Xx4", "a column 'Xx4'"),
    ("  He4", "  He4  C12", "expected: 9"),
    ("1e17 0.5", "nan 0.5", "NaN"),
    ("0.36 0.63", "0.36 0.03", "sum"),
    ("e+07", "e+03", "temperatures in K"),
    ("e+02", "e+05", r"g/cm\^3"),
    ("0.36", "X.36", "numbers only"),
    ("0.1 ", "0.1 1", "radii|radius|R_sun"),
]


@pytest.mark.parametrize(("good", "bad", "message"), BROKEN_MODELS)
def test_a_broken_solar_model_is_refused(tmp_path: Path, good: str, bad: str, message: str) -> None:
    file = tmp_path / "model.dat"
    text = model(HEADERS["agss09"])
    assert good in text
    file.write_text(text.replace(good, bad))
    with pytest.raises(InputError, match=message):
        read_solar_model(file)


def test_a_picture_where_none_can_be_written_ends_in_5(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(folder / "measurement.toml"), "--masses", "2", "--workers", "1"]
    for option in ("--png", "--csv"):
        with pytest.raises(SystemExit) as leave:
            main(["axion", "exclusion", *arguments, option, str(folder / "no" / "where.x")])
        assert leave.value.code == 5
        assert "where.x" in capsys.readouterr().err


def test_every_fault_is_one_of_the_project_s(tmp_path: Path) -> None:
    file = tmp_path / "measurement.toml"
    for content in (b"\xff\xfe", b"", b"set = 3", b"[[set]]\n"):
        file.write_bytes(content)
        with pytest.raises(HelioscopeError):
            read_measurement(file)
