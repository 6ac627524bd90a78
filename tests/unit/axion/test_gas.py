import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.axion import gas, pressure_scan, vapour_pressure
from helioscope.axion.conversion import conversion_probability
from helioscope.axion.measurement import Magnet
from helioscope.axion.solar_image import standard_flux
from helioscope.errors import UsageError


@pytest.mark.parametrize(
    ("pressure", "isotope", "mass"),
    [(6.0, "4He", 0.26), (60.0, "3He", 0.8), (16.4, "4He", 0.43), (135.58, "3He", 1.23)],
)
def test_photon_masses_are_those_of_the_slides(
    pressure: float, isotope: gas.Isotope, mass: float
) -> None:
    density = gas.density_g_cm3(pressure, 1.8, isotope)
    assert gas.photon_mass_ev(density, isotope) == pytest.approx(mass, rel=0.03, abs=0)


def test_saturation_pressures_at_the_bore_s_temperature() -> None:
    assert vapour_pressure.saturation_pressure_mbar(1.8, "4He") == pytest.approx(
        16.4, rel=0.003, abs=0
    )
    assert vapour_pressure.saturation_pressure_mbar(1.8, "3He") == pytest.approx(
        135.58, rel=0.001, abs=0
    )


def test_normal_boiling_points() -> None:
    assert vapour_pressure.saturation_pressure_mbar(4.2221, "4He") == pytest.approx(
        1013.25, rel=1e-3
    )
    assert vapour_pressure.saturation_pressure_mbar(3.1968, "3He") == pytest.approx(
        1013.25, rel=1e-2
    )


def test_saturation_outside_the_scale_is_refused() -> None:
    with pytest.raises(UsageError, match=r"1\.25 to 2\.1768"):
        vapour_pressure.saturation_pressure_mbar(0.9, "4He")


@given(st.floats(0.01, 16.0))
def test_a_real_gas_is_denser_and_gives_its_pressure_back(pressure: float) -> None:
    ideal = float(gas.density_g_cm3(pressure, 1.8, "4He"))
    real = float(gas.density_g_cm3(pressure, 1.8, "4He", "real"))
    assert real > ideal
    assert gas.pressure_mbar(real, 1.8, "4He", "real") == pytest.approx(pressure, rel=1e-9, abs=0)


def test_a_thin_real_gas_is_ideal() -> None:
    ideal = gas.density_g_cm3(1e-4, 1.8, "3He")
    assert gas.density_g_cm3(1e-4, 1.8, "3He", "real") == pytest.approx(ideal, rel=1e-5, abs=0)


def test_absorption_agrees_with_the_published_table(published: object) -> None:
    rows = published("gas_He_mass_attenuation.csv")  # type: ignore[operator]
    table = np.array([[float(v) for v in row.values()] for row in rows])
    chosen = table[(table[:, 0] > 1.0) & (table[:, 0] < 8.0)]
    ours = gas.absorption_per_cm(chosen[:, 0], 1.0, "4He", "total")
    assert ours == pytest.approx(chosen[:, 1], rel=0.02, abs=0)
    photo = gas.absorption_per_cm(chosen[:, 0], 1.0, "4He")
    assert (photo < ours).all()


def test_photo_absorption_falls_as_hydrogenic_and_scattering_remains() -> None:
    """At 10 keV photons on two electrons scatter with 1.2 barn: 0.17 cm^2/g or more."""
    energy = np.array([2.0, 4.0, 10.0])
    photo = gas.absorption_per_cm(energy, 1.0)
    scattered = gas.absorption_per_cm(energy, 1.0, "4He", "total") - photo
    assert 3.0 < np.log(photo[0] / photo[1]) / np.log(2.0) < 3.5
    assert 0.15 < scattered[2] < 0.25
    assert gas.BufferGas("4He", 1.0).absorption_per_cm(energy) == pytest.approx(photo)
    assert gas.BufferGas("4He", 1.0, "total").absorption_per_cm(4.0) > 1.3 * photo[1]


def test_the_resonance_is_as_wide_as_the_published_steps() -> None:
    assert 0.08 < pressure_scan.resonance_width_mbar(4.2, 9.26, 1.8) < 0.12


def test_the_width_is_where_the_probability_halves() -> None:
    width_ev2 = pressure_scan.resonance_width_ev2(4.2, 9.26)
    beside = np.sqrt(0.04 + np.array([-0.5, 0.5]) * width_ev2)
    kwargs = {"field_t": 9.0, "length_m": 9.26, "photon_mass_ev": 0.2}
    share = conversion_probability(4.2, mass_ev=beside, **kwargs) / conversion_probability(
        4.2, mass_ev=0.2, **kwargs
    )
    assert share == pytest.approx([0.5, 0.5], rel=1e-3, abs=0)


def test_the_slides_spacing_gives_the_slides_steps() -> None:
    helium4 = pressure_scan.plan_pressure_scan(0.0, 6.0, overlap=0.1)
    assert helium4.mass_ev.size == pytest.approx(74, abs=1)
    helium3 = pressure_scan.plan_pressure_scan(6.0, 60.0, isotope="3He", overlap=-0.02)
    assert helium3.mass_ev.size == pytest.approx(590, abs=3)


@given(st.floats(0.0, 5.0), st.floats(0.2, 10.0), st.floats(-0.5, 0.9))
def test_steps_are_equally_spaced_in_squared_mass(low: float, span: float, overlap: float) -> None:
    scan = pressure_scan.plan_pressure_scan(low, low + span, overlap=overlap)
    squares = np.diff(scan.mass_ev**2)
    assert squares == pytest.approx(np.full(squares.size, squares.mean() if squares.size else 0))
    assert scan.pressure_mbar[-1] <= low + span + 1e-9 or scan.mass_ev.size == 1


def test_a_plan_beyond_saturation_is_refused() -> None:
    with pytest.raises(UsageError, match=r"16\.38 mbar"):
        pressure_scan.plan_pressure_scan(6.0, 60.0, isotope="4He")


def test_a_scan_reaches_the_published_sensitivity_and_no_further() -> None:
    scan = pressure_scan.plan_pressure_scan(4.0, 6.0)
    limits = pressure_scan.scan_sensitivity(
        scan,
        standard_flux(),
        np.array([0.24, 0.4]),
        magnet=Magnet(9.0, 9.26),
        hours_per_step=2.0,
        area_cm2=5.0,
        background_per_hour=0.15,
    )
    # CAST's 4He phase, 160 settings of about 2 h: typically 2.2e-10 per GeV.
    assert limits[0] == pytest.approx(2.17e-10, rel=0.1, abs=0)
    assert limits[1] > 5 * limits[0]
