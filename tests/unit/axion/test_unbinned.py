from dataclasses import replace

import numpy as np
import pytest

from helioscope.axion import kernels, limits, pseudo_experiments
from helioscope.axion.gas import BufferGas
from helioscope.axion.measurement import EventSet, Magnet, Period
from helioscope.axion.optics import abrixas, spot_radius_mm
from helioscope.axion.ring_image import image_density
from helioscope.axion.solar_distance import mean_distance_au, sun_distance_au
from helioscope.axion.solar_image import standard_flux
from helioscope.axion.unbinned import Column, EventModel

FLUX = standard_flux()
LIVE_S = 6.5e5
BACKGROUND = 8e-7
AREA = abrixas()
MM_PER_RSUN = spot_radius_mm(1600.0, 1.0)
NONE = np.empty(0)


def period(energy: np.ndarray = NONE, radius: np.ndarray = NONE) -> Period:  # type: ignore[type-arg]
    return Period(
        name="all",
        live_s=LIVE_S,
        energy_kev=energy,
        radius_mm=radius,
        exposure_energy_kev=AREA.energy_kev,
        exposure_cm2_s=AREA.area_cm2 * LIVE_S,
        background_energy_kev=np.array([1.0, 7.0]),
        background_per_kev_mm2_s=np.array([BACKGROUND, BACKGROUND]),
    )


def events(*periods: Period) -> EventSet:
    return EventSet("ccd", Magnet(9.0, 9.26), (1.0, 7.0), 400.0, None, 1600.0, periods)


def likelihood(column: Column) -> limits.Likelihood:
    zeros = np.zeros(column.n_on.size)
    return limits.Likelihood(column.n_on, column.background, zeros, zeros, column.signal)


def test_the_image_integrates_to_one() -> None:
    radius = np.linspace(0.0, 1.0, 4001)
    density = image_density(np.full(radius.size, 4.2), radius, FLUX)
    assert np.trapezoid(2 * np.pi * radius * density, radius) == pytest.approx(1.0, rel=0.01)
    assert density[0] > 5 * density[radius.size // 3]


def sample(strength: float, seed: int) -> Period:
    """Draw events: flat background in a square, and photons from the solar image."""
    generator = np.random.default_rng(seed)
    flat = generator.poisson(BACKGROUND * 6.0 * 400.0 * LIVE_S)
    model = EventModel(events(period()), FLUX)
    grid = model.grid_kev
    rate = model.periods[0].inside(0.0, 0.0) * strength
    photons = generator.poisson(rate.sum() * model.step_kev)
    energies = np.interp(generator.random(photons), np.cumsum(rate) / max(rate.sum(), 1e-9), grid)
    rings = np.linspace(0.0, 1.0, 41)
    radii = np.empty(photons)
    for index, energy in enumerate(energies):
        share = [float(FLUX.disc_fraction(np.array(energy), float(r))) for r in rings]
        radii[index] = np.interp(generator.random() * share[-1], share, rings) * MM_PER_RSUN
    x, y = generator.uniform(-10.0, 10.0, (2, flat))
    energy = np.concatenate((generator.uniform(1.0, 7.0, flat), energies))
    return period(energy, np.concatenate((np.hypot(x, y), radii)))


def test_the_likelihood_is_the_extended_one() -> None:
    data = sample(1.0, 3)
    model = EventModel(events(data), FLUX)
    columns = limits.columns(likelihood(model.column(0.0)))
    assert data.radius_mm is not None
    # (g B L / 2)^2 at 9 T and 9.26 m, from the docs.
    rate = FLUX.spectrum(data.energy_kev) * 1.7018e-17 * AREA.at(data.energy_kev)
    density = rate * image_density(data.energy_kev, data.radius_mm / MM_PER_RSUN, FLUX)
    density /= MM_PER_RSUN**2
    grid = np.linspace(1.0, 7.0, 4001)
    total = np.trapezoid(FLUX.spectrum(grid) * 1.7018e-17 * AREA.at(grid), grid) * LIVE_S

    def direct(g4: float) -> float:
        return float(np.log(BACKGROUND + g4 * density).sum() - g4 * total)

    for g4 in (0.3, 1.0, 2.5):
        ours = kernels.log_likelihood(g4, columns) - kernels.log_likelihood(0.0, columns)
        assert ours == pytest.approx(direct(g4) - direct(0.0), abs=0.01)


def test_fine_bins_give_the_limit_of_the_events() -> None:
    """Bins of 0.05 keV and 0.015 solar radii, filled with the same events."""
    for seed, strength in ((1, 0.0), (2, 2.0)):
        data = sample(strength, seed)
        unbinned = likelihood(EventModel(events(data), FLUX).column(0.0))
        assert data.radius_mm is not None
        energies, rings = np.linspace(1.0, 7.0, 121), np.linspace(0.0, 1.0, 67)
        middle = (energies[1:] + energies[:-1]) / 2
        rate = FLUX.spectrum(middle) * 1.7018e-17 * AREA.at(middle) * LIVE_S * 0.05
        share = np.diff([FLUX.disc_fraction(middle, float(r)) for r in rings], axis=0).T
        signal = np.column_stack((rate[:, None] * share, np.zeros(middle.size)))
        area = np.pi * MM_PER_RSUN**2 * np.diff(rings**2)
        area = np.append(area, 400.0 - area.sum())
        background = np.broadcast_to(BACKGROUND * LIVE_S * 0.05 * area, signal.shape)
        radii = np.append(rings * MM_PER_RSUN, 1e3)
        counts = np.histogram2d(data.energy_kev, data.radius_mm, bins=(energies, radii))[0]
        assert counts.sum() == data.energy_kev.size
        binned = likelihood(Column(counts.ravel(), background.ravel(), signal.ravel()))
        one, other = (limits.bayesian_limit(each) for each in (unbinned, binned))
        assert one == pytest.approx(other, rel=0.02)
        assert limits.fit(unbinned).best == pytest.approx(limits.fit(binned).best, abs=0.02 * one)


def test_classes_hold_what_the_periods_expect() -> None:
    filled = replace(period(), gas=BufferGas("4He", 1e-6), live_s=2e5)
    model = EventModel(events(period(), filled), FLUX)
    for mass in (0.0, 0.02):
        classes = model.classes(mass)
        assert classes.signal.sum() == pytest.approx(model.expected_counts(mass).sum(), rel=1e-6)
        assert classes.background.sum() == pytest.approx(BACKGROUND * 6.0 * 400.0 * (LIVE_S + 2e5))
        assert classes.signal.size <= 65


def test_classes_spread_as_the_unbinned_likelihood_does() -> None:
    """The Fisher information of g4 without a signal, from the densities and from the classes."""
    model = EventModel(events(period()), FLUX)
    signal, background = model.periods[0].cells(0.0, 0.0)
    exact = (signal**2 / background).sum() * model.step_kev
    classes = model.classes(0.0)
    assert (classes.signal**2 / classes.background).sum() == pytest.approx(exact, rel=0.01)
    assert classes.signal.sum() ** 2 / classes.background.sum() < 0.2 * exact


def test_classes_expect_the_limit_that_drawn_events_give() -> None:
    """The median of 60 unbinned limits without a signal, which is known to 0.04 in ln g4."""
    found = [
        limits.bayesian_limit(likelihood(EventModel(events(sample(0.0, seed)), FLUX).column(0.0)))
        for seed in range(100, 160)
    ]
    classes = likelihood(EventModel(events(period()), FLUX).classes(0.0))
    expected = pseudo_experiments.expected_limits(classes, 2000, seed=5)
    assert np.median(found) == pytest.approx(expected[2], rel=0.15, abs=0)
    inside = np.mean((expected[0] < np.array(found)) & (np.array(found) < expected[4]))
    assert inside > 0.85


def test_an_injected_signal_is_found_and_none_is_not() -> None:
    pulls = []
    for seed in range(12):
        for strength in (0.0, 3.0):
            model = EventModel(events(sample(strength, seed)), FLUX)
            fitted = limits.fit(likelihood(model.column(0.0)))
            pulls.append((fitted.best - strength) / fitted.error)
    assert abs(np.mean(pulls)) < 0.5
    assert 0.6 < np.std(pulls) < 1.5


def test_a_period_off_resonance_adds_no_signal() -> None:
    filled = replace(period(), gas=BufferGas("4He", 1.6e-4))
    vacuum = EventModel(events(period()), FLUX).column(0.0)
    both = EventModel(events(period(), filled), FLUX).column(0.0)
    assert both.signal[-1] == pytest.approx(vacuum.signal[-1], rel=1e-3)


def test_a_region_that_cuts_the_image_keeps_its_share() -> None:
    whole = EventModel(events(period()), FLUX)
    spot = replace(
        events(period()),
        region_radius_mm=0.2317 * MM_PER_RSUN,
        region_mm2=np.pi * (0.2317 * MM_PER_RSUN) ** 2,
    )
    cut = EventModel(spot, FLUX)
    middle = 4.2
    index = int(np.argmin(abs(whole.grid_kev - middle)))
    share = cut.periods[0].inside(0.0, 0.0)[index] / whole.periods[0].inside(0.0, 0.0)[index]
    assert share == pytest.approx(float(FLUX.disc_fraction(np.array(middle), 0.2317)), rel=0.005)


def test_the_flux_of_a_period_goes_with_the_distance() -> None:
    far = replace(period(), distance_au=1.0167)
    ratio = (
        EventModel(events(far), FLUX).expected_counts()
        / EventModel(events(period()), FLUX).expected_counts()
    )
    assert ratio == pytest.approx(1.0167**-2)


def test_the_sun_is_nearest_in_january() -> None:
    day = 86_400 * 10**9
    year = 1_072_915_200 * 10**9 + np.arange(366) * day  # 2004
    distance = sun_distance_au(year)
    assert distance.min() == pytest.approx(0.9833, abs=2e-4)
    assert distance.max() == pytest.approx(1.0167, abs=2e-4)
    assert np.argmin(distance) < 6
    assert mean_distance_au(year) == pytest.approx(1.0, abs=1e-3)
    assert mean_distance_au(year[:10]) == pytest.approx(0.9833, abs=2e-4)
