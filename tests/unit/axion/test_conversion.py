import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.axion.constants import METRE_PER_EV
from helioscope.axion.conversion import (
    coherence_mass_ev,
    conversion_probability,
    momentum_transfer_ev,
)
from helioscope.axion.gas import Attenuation, BufferGas

CAST = {"field_t": 8.8, "length_m": 9.26}


def test_the_probability_in_vacuum_is_that_of_axionlib() -> None:
    assert conversion_probability(4.2, **CAST) == pytest.approx(1.627e-17, rel=5e-4, abs=0)


@pytest.mark.parametrize("attenuation", ["photo", "total"])
def test_the_probability_in_helium_is_that_of_axionlib(attenuation: Attenuation) -> None:
    gas = BufferGas("4He", 2.5e-9, attenuation)
    probability = conversion_probability(
        3.0,
        **CAST,
        mass_ev=0.01,
        photon_mass_ev=gas.photon_mass_ev,
        absorption_per_cm=gas.absorption_per_cm(3.0),
    )
    assert probability == pytest.approx(1.547e-17, rel=2e-3, abs=0)


def test_coherence_is_lost_at_the_mass_of_the_gas_study() -> None:
    mass = coherence_mass_ev(4.2, 20.0)
    assert mass == pytest.approx(1.62e-2, rel=0.01, abs=0)
    assert momentum_transfer_ev(mass, 4.2) * 20.0 * METRE_PER_EV == pytest.approx(np.pi)


@given(st.floats(0.0, 1.0), st.floats(0.5, 10.0), st.floats(0.0, 0.5), st.floats(0.0, 1e-2))
def test_the_probability_lies_between_zero_and_the_coherent_one(
    mass: float, energy: float, photon: float, absorption: float
) -> None:
    coherent = conversion_probability(energy, **CAST)
    value = conversion_probability(
        energy, **CAST, mass_ev=mass, photon_mass_ev=photon, absorption_per_cm=absorption
    )
    assert 0.0 <= value <= coherent * (1 + 1e-9)


@given(st.floats(1e-4, 0.3), st.floats(1.0, 10.0))
def test_a_vanishing_absorption_gives_the_vacuum(mass: float, energy: float) -> None:
    vacuum = conversion_probability(energy, **CAST, mass_ev=mass)
    thin = conversion_probability(energy, **CAST, mass_ev=mass, absorption_per_cm=1e-15)
    assert thin == pytest.approx(vacuum, rel=1e-6, abs=1e-30)


def test_resonance_restores_the_coherent_probability() -> None:
    value = conversion_probability(4.2, **CAST, mass_ev=0.2, photon_mass_ev=0.2)
    assert value == pytest.approx(conversion_probability(4.2, **CAST), rel=1e-9, abs=0)


def test_averaging_over_steps_equals_a_fine_sum() -> None:
    fine = np.linspace(4.0, 4.3, 400_001)
    coarse = 4.0 + 0.3 * (np.arange(64) + 0.5) / 64
    # At 0.992 eV the phase turns once in a step: unaveraged, every step would see the same phase.
    for mass in (0.02, 0.1, 0.3, 0.992, 1.5):
        exact = conversion_probability(fine, **CAST, mass_ev=mass).mean()
        averaged = conversion_probability(coarse, **CAST, mass_ev=mass, energy_step_kev=0.3 / 64)
        assert averaged.mean() == pytest.approx(exact, rel=5e-3, abs=0)
