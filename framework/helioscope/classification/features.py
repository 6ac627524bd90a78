"""Ordered features, and what makes them independent of energy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.profiles import EnergyProfile, energy_bins
from helioscope.errors import UsageError

Floats = NDArray[np.float64]
Side = Literal["both", "upper", "lower"]

#: Half of the central 68.27 % of a Gaussian is one standard deviation.
ONE_SIGMA = (0.158655, 0.841345)


@dataclass(frozen=True)
class Feature:
    """One observable that a discriminator looks at.

    Attributes
    ----------
    name
        The column's name, with its unit.
    side
        On which side of the X-rays background lies; a cut is placed there only.
    follows_energy
        Whether X-rays of different energy differ in it. Then it is counted in standard
        deviations from what an X-ray of the measured energy shows.
    """

    name: str
    side: Side = "both"
    follows_energy: bool = True


def finite_rows(values: Floats, energy_kev: Floats) -> NDArray[np.bool_]:
    """Say which rows have every feature finite and a positive, finite energy.

    Parameters
    ----------
    values
        float64 (rows, features).
    energy_kev
        float64 (rows,), in keV.
    """
    finite = np.isfinite(values).all(axis=1) & np.isfinite(energy_kev) & (energy_kev > 0)
    return np.asarray(finite, np.bool_)


def refuse_twice(features: Sequence[Feature]) -> None:
    """Refuse an empty list of features, or one that names a feature twice."""
    names = [feature.name for feature in features]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise UsageError(
            where="features",
            found=f"named twice: {', '.join(twice)}" if twice else "none is named",
            expected="an ordered list of different observables",
        )


@dataclass(frozen=True)
class Decorrelation:
    """Features as deviations from an X-ray of the same energy.

    A feature f becomes asinh((f − m(E)) / w(E)) with the median m and the half-width w of
    X-rays, both smooth in ln E. Locations move roughly with ln E (more charge lifts more
    channels over threshold), widths as a power of E (counting statistics, noise over signal);
    both are therefore straight lines in ln E between the measured energies and a little
    beyond. The asinh leaves the bulk as it is and draws background's long tails in.
    """

    location: EnergyProfile
    log_width: EnergyProfile

    @classmethod
    def fitted(
        cls, features: Sequence[Feature], values: Floats, energy_kev: Floats
    ) -> Decorrelation:
        """Measure medians and half-widths of X-rays.

        Parameters
        ----------
        features
            As many as ``values`` has columns; one that does not follow the energy gets one
            median and one width.
        values
            float64 (rows, features), finite; X-rays only.
        energy_kev
            float64 (rows,).
        """
        bins = energy_bins(energy_kev)
        nodes = np.array([np.log(energy_kev[rows]).mean() for rows in bins])
        quantiles = np.array(
            [np.quantile(values[rows], (0.5, *ONE_SIGMA), axis=0) for rows in bins]
        )
        median, width = quantiles[:, 0], (quantiles[:, 2] - quantiles[:, 1]) / 2
        everywhere = np.quantile(values, (0.5, *ONE_SIGMA), axis=0)
        for column, feature in enumerate(features):
            flat = not (width[:, column] > 0).all()
            if flat or not feature.follows_energy:
                spread = (everywhere[2, column] - everywhere[1, column]) / 2
                median[:, column] = everywhere[0, column]
                width[:, column] = spread if spread > 0 else 1.0
        return cls(
            EnergyProfile.through(nodes, median, extrapolated=True),
            EnergyProfile.through(nodes, np.log(width), extrapolated=True),
        )

    def __call__(self, values: Floats, energy_kev: Floats) -> Floats:
        """Give the deviations, float64 (rows, features)."""
        location, log_width = self.location.at(energy_kev), self.log_width.at(energy_kev)
        deviations: Floats = np.arcsinh((values - location) * np.exp(-log_width))
        return deviations

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values for a card."""
        return {"location": self.location.as_dict(), "log_width": self.log_width.as_dict()}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Decorrelation:
        """Build it again from `as_dict`."""
        return cls(
            EnergyProfile.from_dict(plain["location"]), EnergyProfile.from_dict(plain["log_width"])
        )
