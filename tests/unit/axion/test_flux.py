import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helioscope.axion.flux import PARAMETRISATIONS, primakoff_spectrum, summarise
from helioscope.axion.primakoff import CalculatedFlux, inside_disc
from helioscope.axion.solar_image import named_flux, standard_disc_fraction, standard_flux
from helioscope.axion.solar_model import read_solar_model
from helioscope.errors import UsageError

Published = Callable[[str], list[dict[str, str]]]


def test_the_2007_flux_has_its_published_integrals() -> None:
    summary = summarise(PARAMETRISATIONS["2007"][1])
    assert summary.total_per_cm2_s == pytest.approx(3.75e11, rel=0.01, abs=0)
    assert summary.mean_energy_kev == pytest.approx(4.2, rel=0.01, abs=0)
    assert summary.luminosity_lsun == pytest.approx(1.85e-3, rel=0.01, abs=0)


def test_the_2005_flux_integrates_to_the_planck_integral() -> None:
    exact = 3.821e10 * 1.103**4 * math.pi**4 / 15
    assert summarise(PARAMETRISATIONS["2005"][1]).total_per_cm2_s == pytest.approx(
        exact, rel=1e-3, abs=0
    )


@pytest.mark.parametrize(("year", "total"), [("1989", 3.552e11), ("2013", 3.81e11)])
def test_other_parametrisations_have_their_totals(year: str, total: float) -> None:
    assert summarise(PARAMETRISATIONS[year][1]).total_per_cm2_s == pytest.approx(
        total, rel=2e-3, abs=0
    )


def test_an_unknown_parametrisation_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="2007"):
        primakoff_spectrum(np.ones(1), "207")


@pytest.fixture(scope="module")
def bp2004(physics: Path) -> CalculatedFlux:
    return CalculatedFlux(read_solar_model(physics / "solar_model" / "SM_BP04.dat"))


def test_bp2004_gives_the_flux_of_the_slides(bp2004: CalculatedFlux) -> None:
    summary = summarise(bp2004.spectrum)
    assert summary.total_per_cm2_s == pytest.approx(3.77e11, rel=0.01, abs=0)
    assert summary.mean_energy_kev == pytest.approx(4.2, rel=0.01, abs=0)
    assert summary.luminosity_lsun == pytest.approx(1.9e-3, rel=0.03, abs=0)


def test_bp2004_gives_the_solar_image(bp2004: CalculatedFlux, published: Published) -> None:
    assert bp2004.total_disc_fraction(0.2) == pytest.approx(0.842, abs=0.005)
    for row in published("solar_axion_image_radial_profile.csv")[::50]:
        radius = float(row["rho_over_Rsun"])
        cumulative = float(row["cumulative_fraction"])
        assert bp2004.total_disc_fraction(radius) == pytest.approx(cumulative, abs=0.005)


def test_the_built_in_sun_agrees_with_the_independent_table(published: Published) -> None:
    flux = standard_flux()
    table = published("solar_axion_disc_fraction_vs_energy.csv")
    energy = np.array([float(row["E_keV"]) for row in table])
    for radius in ("0.1", "0.2", "0.231738", "0.3", "0.4"):
        expected = [float(row[f"rho_{radius}"]) for row in table]
        assert flux.disc_fraction(energy, float(radius)) == pytest.approx(expected, abs=0.01)


def test_the_image_fraction_grows_with_radius_and_energy() -> None:
    energy = np.linspace(0.3, 12, 50)
    previous = np.zeros(50)
    for radius in np.linspace(0.01, 1.0, 60):
        fraction = standard_disc_fraction(energy, float(radius))
        assert (np.diff(fraction) >= -1e-3).all()
        assert (fraction >= previous).all()
        previous = fraction
    assert previous == pytest.approx(1.0, abs=1e-3)


def test_a_shell_is_seen_whole_inside_its_own_radius() -> None:
    assert inside_disc(np.array([0.1, 0.2, 0.4]), 0.2) == pytest.approx(
        [1.0, 1.0, 1.0 - math.sqrt(0.75)]
    )


def test_a_parametrisation_takes_the_image_of_the_built_in_sun() -> None:
    energy = np.array([1.0, 4.0])
    assert named_flux("2007").disc_fraction(energy, 0.2) == pytest.approx(
        standard_disc_fraction(energy, 0.2)
    )
