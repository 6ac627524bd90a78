"""Values that a change of the code must not change unnoticed.

`regression.json` holds what this version gave; where a better formula changes it on purpose, the
file is written anew from `results` in the same commit.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from helioscope.axion import limits, pvlas
from helioscope.axion.conversion import conversion_probability
from helioscope.axion.gas import BufferGas, density_g_cm3
from helioscope.axion.likelihood import PoissonModel
from helioscope.axion.measurement import CountingSet, Magnet, Measurement
from helioscope.axion.pseudo_experiments import expected_limits
from helioscope.axion.solar_image import standard_flux

STORED = Path(__file__).with_name("regression.json")


def measurement() -> Measurement:
    """Two sets: a spot in vacuum with a known background, helium with off-counts."""
    edges = np.linspace(1.0, 7.0, 7)
    energy, exposure = np.array([0.5, 4.0, 8.0]), np.array([2e6, 5e6, 1e6])
    vacuum = CountingSet(
        "vacuum", edges[:-1], edges[1:], np.array([1.0, 0, 2, 3, 0, 1]), np.full(6, 1.3), None,
        None,
        energy, exposure, Magnet(9.0, 9.26), None, 0.2317,
    )  # fmt: skip
    helium = CountingSet(
        "helium", edges[:-1], edges[1:], np.array([0.0, 2, 1, 1, 4, 0]), None,
        np.array([11.0, 9, 14, 8, 12, 10]), 0.1, energy, exposure / 50.0, Magnet(8.8, 9.26),
        BufferGas("4He", float(density_g_cm3(3.0, 1.8, "4He", "real"))),
    )  # fmt: skip
    return Measurement(Path("golden"), (vacuum, helium))


def results() -> dict[str, float]:
    """Give every value that is kept."""
    flux = standard_flux()
    energy = np.array([0.9, 2.0, 4.2, 7.0])
    found = {
        f"flux_{e:g}_kev": float(f) for e, f in zip(energy, flux.spectrum(energy), strict=True)
    }
    fractions = flux.disc_fraction(energy, 0.2317)
    found |= {f"disc_{e:g}_kev": float(f) for e, f in zip(energy, fractions, strict=True)}
    for mass in (0.01, 0.1, 0.3):
        value = conversion_probability(4.2, field_t=9.0, length_m=9.26, mass_ev=mass)
        found[f"probability_{mass:g}_ev"] = float(value)
    model = PoissonModel(measurement(), flux)
    for mass in (0.0, 0.05, 0.18):
        likelihood = model.at(mass)
        fitted = limits.fit(likelihood)
        found[f"signal_{mass:g}_ev"] = float(likelihood.signal.sum())
        found[f"g4_best_{mass:g}_ev"] = fitted.best
        found[f"g4_error_{mass:g}_ev"] = fitted.error
        found[f"g95_{mass:g}_ev"] = limits.coupling(limits.bayesian_limit(likelihood))
    found["expected_g4"] = float(expected_limits(model.at(0.0), 500, seed=3)[2])
    found["pvlas_rotation"] = float(pvlas.rotation_rad(1e-3, 2e-6))
    found["pvlas_ellipticity"] = float(pvlas.ellipticity(1e-3, 2e-6))
    return found


def test_nothing_changed() -> None:
    stored = json.loads(STORED.read_text())
    found = results()
    assert found.keys() == stored.keys()
    for name, value in found.items():
        assert value == pytest.approx(stored[name], rel=1e-5, abs=0), name
