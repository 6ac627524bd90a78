"""Gain of every read-out node and charge-transfer inefficiency from a 55Fe source."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.lines import K_ALPHA, LineFit, LineShape, find_gain, fit_lines


class Singles(NamedTuple):
    """Isolated single-pixel events.

    Attributes
    ----------
    node, transfers
        int64: read-out node, and pixel transfers to it.
    signal_adu
        float64, before gain and CTI.
    """

    node: NDArray[np.int64]
    transfers: NDArray[np.int64]
    signal_adu: NDArray[np.float64]


class Response(NamedTuple):
    """What the source tells of the camera.

    Attributes
    ----------
    gains
        One fit a node, in eV per ADU; None where it had too few events.
    cti, cti_error
        Common to all nodes.
    together
        Fit of all nodes' spectra, in keV by the gains above.
    """

    gains: list[LineFit | None]
    cti: float
    cti_error: float
    together: LineFit


#: A node with fewer events in the line gets no gain.
LEAST_EVENTS = 5

#: From here on a node's own line width is fitted.
OWN_WIDTH_EVENTS = 300


def response(
    singles: Singles, nodes: int, nominal_ev_per_adu: float, *, with_cti: bool,
    out_of_time: float,
) -> Response:  # fmt: skip
    """Fit the CTI, the lines' common shape and every node's gain, in turn until they stand.

    Parameters
    ----------
    nominal_ev_per_adu
        Right to 30 per cent.
    out_of_time
        Fraction of the photons that arrive while the charge is moving.
    """
    cti, cti_error = 0.0, 0.0
    kev = _first_gains(singles, nodes, nominal_ev_per_adu * 1e-3)
    fits: list[LineFit | None] = []
    for _ in range(3):
        if with_cti:
            energy = singles.signal_adu * kev[singles.node]
            cti, cti_error = fit_cti(energy, singles.transfers, out_of_time)
        corrected = singles.signal_adu / (1.0 - cti) ** singles.transfers
        together = fit_lines(corrected * kev[singles.node], 1.0)
        fits = [
            _node_fit(corrected[singles.node == node], float(kev[node]), together.shape)
            for node in range(nodes)
        ]
        kev = np.array([kev[n] if fit is None else fit.gain * 1e-3 for n, fit in enumerate(fits)])
    together = fit_lines(corrected * kev[singles.node], 1.0)
    return Response(fits, cti, cti_error, together)


def _first_gains(singles: Singles, nodes: int, nominal: float) -> NDArray[np.float64]:
    """Give keV per ADU of each node by its densest stretch."""
    whole = find_gain(singles.signal_adu, nominal)
    return np.array(
        [find_gain(singles.signal_adu[singles.node == node], whole, 0.2) for node in range(nodes)]
    )


def _node_fit(signals: NDArray[np.float64], guess: float, shape: LineShape) -> LineFit | None:
    inside = np.count_nonzero(np.abs(signals * guess - K_ALPHA) < 0.2)
    if inside < LEAST_EVENTS:
        return None
    fit = fit_lines(signals, guess, shape, free_width=bool(inside >= OWN_WIDTH_EVENTS))
    return fit if fit.valid else None


def fit_cti(
    energy_kev: NDArray[np.float64], transfers: NDArray[np.int64], out_of_time: float
) -> tuple[float, float]:
    """Fit how K-alpha moves with the number of transfers; give CTI and its error.

    Unbinned likelihood of a Gaussian at K_ALPHA scale (1 - CTI)^n on a flat background. A
    photon that arrives during the read-out has hit any row with the same chance, whatever
    row it appears in: a second Gaussian at the mean loss, wider by its spread.

    Parameters
    ----------
    energy_kev
        Not corrected for the transfers.
    """
    from iminuit import Minuit

    steps = transfers.astype(np.float64)
    near = np.abs(energy_kev - np.median(energy_kev)) < 0.5
    if np.count_nonzero(near) < LEAST_EVENTS or np.ptp(steps[near]) < 2:
        return 0.0, float("nan")
    cti, error, scale = 0.0, float("nan"), float(np.median(energy_kev[near])) / K_ALPHA
    for _ in range(3):
        near = np.abs(energy_kev - K_ALPHA * scale * (1.0 - cti) ** steps) < 0.25
        minuit = Minuit(
            _CtiCost(energy_kev[near], steps[near], float(steps.max()), out_of_time),
            cti, scale, 0.06, 0.9, name=("cti", "scale", "sigma", "signal"),
        )  # fmt: skip
        minuit.errordef = Minuit.LEAST_SQUARES
        minuit.limits = [(-0.01, 0.01), (0.5, 1.5), (0.02, 0.3), (0.05, 0.999)]
        minuit.errors = [1e-5, 1e-3, 5e-3, 0.05]
        minuit.migrad()
        minuit.hesse()
        cti, scale = float(minuit.values["cti"]), float(minuit.values["scale"])
        error = float(minuit.errors["cti"])
    return cti, error


class _CtiCost(NamedTuple):
    """-2 ln likelihood of `fit_cti`, within 0.25 keV of the line."""

    energy_kev: NDArray[np.float64]
    steps: NDArray[np.float64]
    last: float
    out_of_time: float

    def __call__(self, cti: float, scale: float, sigma: float, signal: float) -> float:
        line = K_ALPHA * scale
        core = _density(self.energy_kev, line * (1.0 - cti) ** self.steps, sigma)
        wide = np.hypot(sigma, line * cti * self.last / np.sqrt(12.0))
        late = _density(self.energy_kev, line * (1.0 - cti) ** (0.5 * self.last), wide)
        mixed = (1.0 - self.out_of_time) * core + self.out_of_time * late
        return float(-2.0 * np.log(signal * mixed + (1.0 - signal) / 0.5).sum())


def _density(
    energy: NDArray[np.float64], mean: float | NDArray[np.float64], sigma: float
) -> NDArray[np.float64]:
    core = np.exp(-0.5 * ((energy - mean) / sigma) ** 2)
    return np.asarray(core / (np.sqrt(2.0 * np.pi) * sigma))
