import numpy as np
import pytest

from helioscope.axion import pvlas


def test_the_rotation_of_2005_stands_for_the_slides_coupling() -> None:
    assert pvlas.coupling_for_rotation(3.9e-12) == pytest.approx(1.6e-6, rel=0.02, abs=0)


def test_the_slides_region_holds_the_rotation_band() -> None:
    mass, lower, upper = pvlas.region_2005()
    assert (mass[0], mass[-1]) == pytest.approx(pvlas.PVLAS_2005_MASS_EV)
    assert lower[0] < pvlas.PVLAS_2005_G_PER_GEV[0] < upper[0]
    assert lower[-1] < pvlas.PVLAS_2005_G_PER_GEV[1]


def test_the_ellipticity_of_vacuum_is_near_1e_11() -> None:
    assert 0.4e-11 < pvlas.qed_ellipticity(field_t=5.5) < 2.5e-11


def test_a_measured_ellipticity_needs_a_particle() -> None:
    signal = pvlas.ellipticity(1e-3, 2e-6, passes=44000)
    assert signal == pytest.approx(1e-7, rel=1.0, abs=0)
    assert signal > 1000 * pvlas.qed_ellipticity()


def test_the_ellipticity_joins_its_series() -> None:
    mass = np.geomspace(1e-5, 1e-3, 400)
    ratio = np.diff(np.log(pvlas.ellipticity(mass, 1e-6))) / np.diff(np.log(mass))
    # For a light particle it grows as m^2, and no step shows where the series ends.
    assert ratio[:200] == pytest.approx(np.full(200, 2.0), abs=0.01)


def test_rotation_grows_with_passes_and_square_of_coupling() -> None:
    one = pvlas.rotation_rad(1e-3, 1e-6)
    assert pvlas.rotation_rad(1e-3, 2e-6, passes=10) == pytest.approx(40 * one, rel=1e-9, abs=0)
