import numpy as np
import pytest

from helioscope.axion import kernels, limits
from helioscope.axion.gas import BufferGas
from helioscope.axion.measurement import Magnet
from helioscope.axion.optics import abrixas, spot_radius_mm
from helioscope.axion.solar_distance import mean_distance_au, sun_distance_au
from helioscope.axion.solar_image import standard_flux
from helioscope.axion.unbinned import Period, unbinned_likelihood

FLUX = standard_flux()
PERIOD = Period(
    live_s=6.5e5,
    area=abrixas(),
    magnet=Magnet(9.0, 9.26),
    centre_mm=(2.0, -1.0),
    focal_length_mm=1600.0,
    energy_range_kev=(1.0, 7.0),
    background_per_kev_mm2_s=8e-7,
    region_mm2=400.0,
)


def test_the_image_integrates_to_one() -> None:
    radius = np.linspace(0.0, spot_radius_mm(1600.0, 1.0), 4001)
    density = PERIOD.image_per_mm2(np.full(radius.size, 4.2), radius, FLUX)
    assert np.trapezoid(2 * np.pi * radius * density, radius) == pytest.approx(1.0, rel=0.01)
    assert density[0] > 5 * density[radius.size // 3]


def sample(strength: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Draw events: flat background in a square, and photons from the solar image."""
    generator = np.random.default_rng(seed)
    area, live = PERIOD.region_mm2, PERIOD.live_s
    flat = generator.poisson(PERIOD.background_per_kev_mm2_s * 6.0 * area * live)
    side = area**0.5
    grid = np.linspace(1.0, 7.0, 2001)
    rate = PERIOD.signal_per_kev_s(grid, FLUX, 0.0) * live * strength
    photons = generator.poisson(np.trapezoid(rate, grid))
    spectrum = np.cumsum(rate) / rate.sum() if strength else np.linspace(0, 1, grid.size)
    energies = np.interp(generator.random(photons), spectrum, grid)
    scale = spot_radius_mm(1600.0, 1.0)
    rings = np.linspace(0.0, 1.0, 400)
    radii = np.empty(photons)
    for index, energy in enumerate(energies):
        share = [float(FLUX.disc_fraction(np.array(energy), float(r))) for r in rings[::20]]
        radii[index] = np.interp(generator.random() * share[-1], share, rings[::20]) * scale
    angle = generator.uniform(0, 2 * np.pi, photons)
    x = np.concatenate((generator.uniform(-side / 2, side / 2, flat), radii * np.cos(angle)))
    y = np.concatenate((generator.uniform(-side / 2, side / 2, flat), radii * np.sin(angle)))
    energy = np.concatenate((generator.uniform(1.0, 7.0, flat), energies))
    return energy, x + PERIOD.centre_mm[0], y + PERIOD.centre_mm[1]


def test_the_likelihood_is_the_extended_one() -> None:
    energy, x, y = sample(1.0, 3)
    data = limits.columns(unbinned_likelihood([(energy, x, y)], [PERIOD], FLUX))
    radius = np.hypot(x - 2.0, y + 1.0)
    density = PERIOD.signal_per_kev_s(energy, FLUX, 0.0) * PERIOD.image_per_mm2(
        energy, radius, FLUX
    )
    grid = np.linspace(1.0, 7.0, 801)
    total = np.trapezoid(PERIOD.signal_per_kev_s(grid, FLUX, 0.0), grid) * PERIOD.live_s

    def direct(g4: float) -> float:
        return float(np.log(8e-7 + g4 * density).sum() - g4 * total)

    for g4 in (0.3, 1.0, 2.5):
        ours = kernels.log_likelihood(g4, data) - kernels.log_likelihood(0.0, data)
        assert ours == pytest.approx(direct(g4) - direct(0.0), abs=1e-4)


def test_an_injected_signal_is_found_and_none_is_not() -> None:
    pulls = []
    for seed in range(12):
        for strength in (0.0, 3.0):
            fitted = limits.fit(unbinned_likelihood([sample(strength, seed)], [PERIOD], FLUX))
            pulls.append((fitted.best - strength) / fitted.error)
    assert abs(np.mean(pulls)) < 0.5
    assert 0.6 < np.std(pulls) < 1.5


def test_a_period_off_resonance_adds_no_signal() -> None:
    gas = Period(**{**PERIOD.__dict__, "gas": BufferGas("4He", 1.6e-4)})
    empty = (np.empty(0), np.empty(0), np.empty(0))
    vacuum = unbinned_likelihood([empty], [PERIOD], FLUX, mass_ev=0.0)
    both = unbinned_likelihood([empty, empty], [PERIOD, gas], FLUX, mass_ev=0.0)
    assert both.signal[-1] == pytest.approx(vacuum.signal[-1], rel=1e-3)


def test_the_sun_is_nearest_in_january() -> None:
    day = 86_400 * 10**9
    year = 1_072_915_200 * 10**9 + np.arange(366) * day  # 2004
    distance = sun_distance_au(year)
    assert distance.min() == pytest.approx(0.9833, abs=2e-4)
    assert distance.max() == pytest.approx(1.0167, abs=2e-4)
    assert np.argmin(distance) < 6
    assert mean_distance_au(year) == pytest.approx(1.0, abs=1e-3)
    assert mean_distance_au(year[:10]) == pytest.approx(0.9833, abs=2e-4)
