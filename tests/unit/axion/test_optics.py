from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helioscope.axion import exposure, nested_mirrors, optics, windows
from helioscope.axion.instrument_file import read_instrument
from helioscope.axion.solar_image import standard_flux
from helioscope.errors import InputError, UsageError


def test_the_spot_and_gain_of_abrixas() -> None:
    spot = optics.spot_area_mm2(1600.0, 0.231738)
    assert spot == pytest.approx(9.3, rel=0.01)
    assert optics.gain(14.5, spot) == pytest.approx(155, rel=0.01)
    assert optics.disc_radius_rsun(optics.spot_radius_mm(1600.0, 0.3), 1600.0) == pytest.approx(0.3)


def test_the_built_in_abrixas_follows_the_digitised_curve(physics: Path) -> None:
    full = optics.read_effective_area(
        physics / "tables" / "telescope_abrixas_mpe_effective_area.csv"
    )
    energy = np.arange(0.5, 9.5, 0.05)
    assert optics.abrixas().at(energy) == pytest.approx(full.at(energy), abs=0.35)
    outside_the_edges = energy[(energy > 3.0) & (energy < 9.0)]
    assert optics.abrixas().at(outside_the_edges) == pytest.approx(
        full.at(outside_the_edges), rel=0.03
    )


def test_the_planned_concentrator_passes_what_the_slides_say() -> None:
    energy = np.linspace(1.0, 7.0, 61)
    mirror = nested_mirrors.planned_concentrator()
    aperture = np.pi * mirror.outer_radius_mm**2 / 100.0
    weight = standard_flux().spectrum(energy)
    share = (mirror.effective_area(energy).area_cm2 * weight).sum() / weight.sum() / aperture
    assert share == pytest.approx(0.36, abs=0.02)


def test_gold_shows_its_m_edges() -> None:
    mirror = replace(nested_mirrors.planned_concentrator(), coating="Au")
    area = mirror.effective_area(np.array([2.0, 2.4])).area_cm2
    assert area[1] < 0.9 * area[0]


def test_shells_do_not_shade_one_another() -> None:
    mirror = nested_mirrors.planned_concentrator()
    radii = mirror.entrance_radii_mm()
    slope = mirror.shell_length_mm / (4.0 * mirror.focal_length_mm)
    assert (radii[1:] + mirror.shell_thickness_mm <= radii[:-1] * (1 - slope) + 1e-9).all()
    with pytest.raises(UsageError, match="fit"):
        replace(mirror, shells=200).entrance_radii_mm()


def test_off_axis_half_the_area_is_left_at_the_half_angle() -> None:
    curve = optics.abrixas()
    assert curve.off_axis(20.0, 20.0).area_cm2 == pytest.approx(0.5 * curve.area_cm2)


def test_the_cold_window_transmits_as_henke_says(published: object) -> None:
    rows = published("window_polypropylene_transmission.csv")  # type: ignore[operator]
    energy = np.array([float(row["E_eV"]) for row in rows]) / 1e3
    expected = np.array([float(row["T_15um"]) for row in rows])
    chosen = (energy > 1.0) & (energy < 9.0)
    ours = windows.Window((windows.COLD_WINDOW_FOIL,)).transmission(energy[chosen])
    assert ours == pytest.approx(expected[chosen], abs=0.01)


@pytest.mark.parametrize(
    ("table", "formula", "density"),
    [("Al", "Al", 2.70), ("Si", "Si", 2.33), ("Si3N4", "Si3N4", 3.44), ("C10H8O4", "C10H8O4", 1.4)],
)
def test_foils_transmit_as_henke_says(
    published: object, table: str, formula: str, density: float
) -> None:
    rows = published(f"transmission_1um_{table}.csv")  # type: ignore[operator]
    energy = np.array([float(row["E_eV"]) for row in rows]) / 1e3
    expected = np.array([float(row["T_1um"]) for row in rows])
    chosen = (energy > 1.0) & (energy < 8.0)
    near_edge = np.abs(energy - {"Al": 1.56}.get(formula, 1.84)) < 0.1
    ours = windows.transmission(windows.Layer(formula, density, 1.0), energy[chosen & ~near_edge])
    assert ours == pytest.approx(expected[chosen & ~near_edge], abs=0.02)


def test_a_strongback_lets_its_open_part_through() -> None:
    foil = windows.Layer("C3H6", 0.9, 15.0)
    copper = windows.Layer("Cu", 8.96, 1000.0)
    energy = np.array([2.0, 5.0])
    bare = windows.Window((foil,)).transmission(energy)
    assert windows.Window((foil,), 0.87, copper).transmission(energy) == pytest.approx(0.87 * bare)


def test_argon_converts_by_beer_lambert(published: object) -> None:
    rows = published("gas_Ar_mass_attenuation.csv")  # type: ignore[operator]
    table = np.array([[float(v) for v in row.values()] for row in rows])
    energy = np.array([2.0, 4.5, 5.9, 8.0])
    mu = np.exp(np.interp(np.log(energy), np.log(table[:, 0]), np.log(table[:, 1])))
    density = windows.gas_density_g_cm3(39.948, 1.0, 293.15)
    expected = 1.0 - np.exp(-mu * density * 3.0)
    assert windows.gas_conversion(energy, {"Ar": 1.0}, 3.0) == pytest.approx(expected, rel=0.03)


def test_mixture_and_material_are_checked() -> None:
    with pytest.raises(UsageError, match="sum to"):
        windows.gas_conversion(5.9, {"Ar": 0.9}, 3.0)
    with pytest.raises(UsageError, match="formula"):
        windows.transmission(windows.Layer("not a thing", 1.0, 1.0), 5.9)


INSTRUMENT = """
[telescope]
kind = "abrixas"
[[window]]
layers = [{ formula = "C3H6", density_g_cm3 = 0.9, thickness_um = 15.0 }]
open_fraction = 0.87
[gas]
mixture = { Ar = 0.95, C4H10 = 0.05 }
depth_cm = 2.5
[detector]
efficiency = 0.9
"""


def test_an_instrument_multiplies_what_it_is_made_of(tmp_path: Path) -> None:
    file = tmp_path / "instrument.toml"
    file.write_text(INSTRUMENT)
    energy = np.array([2.0, 4.2, 5.9])
    expected = optics.abrixas().at(energy) * 0.87 * 0.9 * 3600.0
    expected *= windows.Window((windows.COLD_WINDOW_FOIL,)).transmission(energy)
    expected *= windows.gas_conversion(energy, {"Ar": 0.95, "C4H10": 0.05}, 2.5)
    ours = read_instrument(file).exposure_cm2_s(energy, 3600.0)
    assert ours == pytest.approx(expected)
    exposure.write_exposure(energy, ours, tmp_path / "exposure.csv")
    assert (tmp_path / "exposure.csv").read_text().startswith("energy_kev,exposure_cm2_s\n2,")


def test_a_misspelt_instrument_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "instrument.toml"
    file.write_text(INSTRUMENT.replace("[detector]", "[detectr]"))
    with pytest.raises(UsageError, match="did you mean 'detector'"):
        read_instrument(file)
    file.write_text('[telescope]\nkind = "file"\npath = "none.csv"\n')
    with pytest.raises(InputError, match=r"none\.csv"):
        read_instrument(file)
