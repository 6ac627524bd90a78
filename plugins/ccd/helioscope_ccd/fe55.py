"""Gain of every read-out node and charge-transfer inefficiency from a 55Fe source."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.lines import K_ALPHA, LineFit, find_gain, fit_lines


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
LEAST_EVENTS = 60


def response(
    singles: Singles, nodes: int, nominal_ev_per_adu: float, *, with_cti: bool = True
) -> Response:
    """Fit CTI and gains in turn until they stand still.

    The CTI moves the line along the column, the gain as a whole, so three rounds are enough.
    """
    cti, cti_error = 0.0, 0.0
    guesses = _first_gains(singles, nodes, nominal_ev_per_adu * 1e-3)
    if with_cti:
        for _ in range(3):
            left = (1.0 - cti) ** singles.transfers
            energy = singles.signal_adu * guesses[singles.node] / left
            change, cti_error = _cti_change(energy, singles.transfers)
            cti += change
            corrected = singles.signal_adu / (1.0 - cti) ** singles.transfers
            guesses = _first_gains(singles._replace(signal_adu=corrected), nodes, guesses)
    corrected = singles.signal_adu / (1.0 - cti) ** singles.transfers
    gains = [
        _node_fit(corrected[singles.node == node], float(guesses[node])) for node in range(nodes)
    ]
    kev = np.array([np.nan if fit is None else fit.gain * 1e-3 for fit in gains])
    energy = corrected * kev[singles.node]
    together = fit_lines(energy[np.isfinite(energy)], 1.0, bin_ev=10.0)
    return Response(gains, cti, cti_error, together)


def _first_gains(
    singles: Singles, nodes: int, guess: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give keV per ADU of each node by its densest stretch."""
    start = np.broadcast_to(np.asarray(guess, np.float64), (nodes,))
    whole = find_gain(singles.signal_adu, float(np.median(start)))
    near = start if np.ptp(start) > 0 else np.full(nodes, whole)
    reach = 0.05 if np.ptp(start) > 0 else 0.2
    return np.array(
        [
            find_gain(singles.signal_adu[singles.node == node], float(near[node]), reach)
            for node in range(nodes)
        ]
    )


def _node_fit(signals: NDArray[np.float64], guess: float) -> LineFit | None:
    inside = np.count_nonzero(np.abs(signals * guess - K_ALPHA) < 0.2)
    if inside < LEAST_EVENTS:
        return None
    fit = fit_lines(signals, guess)
    return fit if fit.valid else None


def _cti_change(
    energy_kev: NDArray[np.float64], transfers: NDArray[np.int64]
) -> tuple[float, float]:
    """Fit how K-alpha moves with the number of transfers; give CTI and its error.

    Unbinned likelihood of a Gaussian on a flat background, whose mean is K_ALPHA scale
    (1 - CTI)^n.
    """
    from iminuit import Minuit

    near = np.abs(energy_kev - K_ALPHA) < 0.3
    energy, steps = energy_kev[near], transfers[near].astype(np.float64)
    if energy.size < LEAST_EVENTS or np.ptp(steps) < 2:
        return 0.0, float("nan")
    middle = float(np.mean(steps))

    def cost(cti: float, scale: float, sigma: float, signal: float) -> float:
        mean = K_ALPHA * scale * (1.0 - cti * (steps - middle))
        core = np.exp(-0.5 * ((energy - mean) / sigma) ** 2) / (np.sqrt(2.0 * np.pi) * sigma)
        return float(-2.0 * np.log(signal * core + (1.0 - signal) / 0.6).sum())

    minuit = Minuit(cost, 0.0, 1.0, 0.07, 0.8)
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.limits["sigma"], minuit.limits["signal"] = (0.02, 0.3), (0.05, 0.999)
    minuit.limits["cti"], minuit.limits["scale"] = (-0.01, 0.01), (0.9, 1.1)
    minuit.migrad()
    minuit.hesse()
    return float(minuit.values["cti"]), float(minuit.errors["cti"])
