"""Quantities as functions of energy, from nodes at which they were measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: X-rays further apart than this in ln E belong to different lines.
LINE_GAP = 0.10
#: Width in ln E that one node stands for where X-rays of every energy are at hand.
NODE_SPAN = 0.22
#: Fewer X-rays do not make a node of their own.
NODE_ROWS = 150
#: A profile is continued so far in ln E beyond its outermost nodes, and held from there.
REACH = 0.75
#: Energies are brought into this range before their logarithm is taken.
ENERGY_BOUNDS_KEV = (0.05, 500.0)


def log_energy(energy_kev: Floats) -> Floats:
    """Give ln(E / keV), of energies brought into `ENERGY_BOUNDS_KEV`; NaN becomes the lowest."""
    bounded = np.clip(np.nan_to_num(energy_kev, nan=ENERGY_BOUNDS_KEV[0]), *ENERGY_BOUNDS_KEV)
    logarithm: Floats = np.log(bounded)
    return logarithm


def energy_bins(energy_kev: Floats) -> list[NDArray[np.intp]]:
    """Group X-rays by energy: one group a line, several where energies are continuous.

    Parameters
    ----------
    energy_kev
        float64 (rows,), positive.

    Returns
    -------
    list of row indices
        In the order of energy; each group has at least `NODE_ROWS` rows, unless there are
        fewer in all.
    """
    log = log_energy(energy_kev)
    order = np.argsort(log, kind="stable")
    gaps = np.flatnonzero(np.diff(log[order]) > LINE_GAP) + 1
    groups: list[NDArray[np.intp]] = []
    for line in np.split(order, gaps):
        groups.extend(_divided(line, log))
    return _joined(groups)


def _divided(line: NDArray[np.intp], log: Floats) -> list[NDArray[np.intp]]:
    """Divide one gapless stretch of energies into groups of about `NODE_SPAN`."""
    low, high = np.quantile(log[line], (0.02, 0.98))
    parts = max(
        1,
        round((high - low) / NODE_SPAN / 1.5)
        if high - low < 0.5
        else round((high - low) / NODE_SPAN),
    )
    edges = np.linspace(low, high, parts + 1)[1:-1]
    return np.split(line, np.searchsorted(log[line], edges))


def _joined(groups: list[NDArray[np.intp]]) -> list[NDArray[np.intp]]:
    """Join groups that are too small to their predecessor, the first to its successor."""
    joined: list[NDArray[np.intp]] = []
    for group in groups:
        if joined and (len(group) < NODE_ROWS or len(joined[-1]) < NODE_ROWS):
            joined[-1] = np.concatenate((joined[-1], group))
        else:
            joined.append(group)
    return joined


@dataclass(frozen=True)
class EnergyProfile:
    """Values at nodes in ln E, straight between them.

    Attributes
    ----------
    log_energy
        float64 (nodes,), rising.
    value
        float64 (nodes, columns).
    slope
        float64 (columns,): per unit of ln E beyond the outermost nodes, as far as `REACH`.
    """

    log_energy: Floats
    value: Floats
    slope: Floats

    @classmethod
    def through(cls, nodes: Floats, value: Floats, *, extrapolated: bool) -> EnergyProfile:
        """Make a profile through nodes; beyond them it is held, or continued along the trend.

        The trend is the straight line of least squares through all nodes.
        """
        columns = np.asarray(value, np.float64).reshape(len(nodes), -1)
        slope = np.zeros(columns.shape[1])
        if extrapolated and len(nodes) > 1:
            centred = nodes - nodes.mean()
            slope = centred @ (columns - columns.mean(axis=0)) / (centred @ centred)
        return cls(np.asarray(nodes, np.float64), columns, slope)

    def at(self, energy_kev: Floats) -> Floats:
        """Give the values at energies, float64 (rows, columns)."""
        log = log_energy(energy_kev)
        nodes = self.log_energy
        inside = np.clip(log, nodes[0], nodes[-1])
        beyond = np.clip(log - inside, -REACH, REACH)[:, None] * self.slope
        if len(nodes) == 1:
            return np.asarray(self.value[0] + beyond, np.float64)
        left = np.clip(np.searchsorted(nodes, inside, "right") - 1, 0, len(nodes) - 2)
        part = ((inside - nodes[left]) / (nodes[left + 1] - nodes[left]))[:, None]
        values: Floats = self.value[left] * (1 - part) + self.value[left + 1] * part + beyond
        return values

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values for a card."""
        return {
            "log_energy": self.log_energy.tolist(),
            "value": self.value.tolist(),
            "slope": self.slope.tolist(),
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> EnergyProfile:
        """Build it again from `as_dict`.

        Raises
        ------
        ValueError
            Where shapes disagree, nodes do not rise or a value is not finite.
        """
        nodes = np.array(plain["log_energy"], np.float64)
        value = np.array(plain["value"], np.float64)
        slope = np.array(plain["slope"], np.float64)
        shaped = value.ndim == 2 and value.shape == (len(nodes), len(slope)) and len(nodes) > 0
        if not shaped or not (np.diff(nodes) > 0).all():
            raise ValueError("an energy profile needs rising nodes with one row of values each")
        if not (np.isfinite(nodes).all() and np.isfinite(value).all() and np.isfinite(slope).all()):
            raise ValueError("an energy profile holds a value that is not finite")
        return cls(nodes, value, slope)
