"""The calibrator that makes gains and CTI from runs with the 55Fe source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from helioscope.api import (
    Calibrated,
    CalibrationInput,
    Calibrator,
    InputError,
    Requirement,
    Settings,
    quality,
)
from helioscope_ccd.darks_calibrator import table_of
from helioscope_ccd.settings import CcdSettings
from helioscope_ccd.tables import DARK, FE55, FE55_TABLE

if TYPE_CHECKING:
    from helioscope_ccd.fe55 import Response, Singles
    from helioscope_ccd.geometry import Geometry

#: Kept with the calibration, so that what stands on it can show it.
FE55_PICTURE = "fe55_spectrum.svg"


class Fe55Settings(Settings):
    """How the 55Fe lines are fitted."""

    cti: bool = Field(
        default=True,
        description="Whether to fit the charge-transfer inefficiency; without, it is 0.",
    )
    min_events: int = Field(default=200, gt=0, description="Fewer single-pixel events are refused.")
    isolation_sigma: Annotated[tuple[float, ...], Field(strict=False)] = Field(
        default=(),
        description="Further split thresholds, in noise; their gains give the systematic error.",
    )


def calibrate_fe55(
    settings: Fe55Settings, runs: Mapping[str, list[CalibrationInput]]
) -> Calibrated:
    """Fit the Mn K lines in the single-pixel events of all 55Fe runs together."""
    from helioscope_ccd.chain import layout_of
    from helioscope_ccd.fe55_picture import spectrum_picture

    inputs = runs["fe55"]
    config: CcdSettings = inputs[0].setup.config
    layout = layout_of(config)
    singles = _singles(inputs, config, layout)
    if singles.node.size < settings.min_events:
        raise InputError(
            where=f"55Fe run {', '.join(given.setup.run.name for given in inputs)}",
            found=f"{singles.node.size} single-pixel events",
            expected=f"at least {settings.min_events}",
            remedy="expose longer, or lower min_events of the calibrator ccd-fe55",
        )
    result = _response(singles, settings, config, layout)
    systematic = _systematic(result, settings, inputs, config, layout)
    picture = spectrum_picture(result.together)
    return Calibrated(
        _table(result, systematic),
        _summary(result, systematic, config, layout),
        {FE55_PICTURE: picture},
        {FE55_PICTURE: picture},
    )


def _response(
    singles: Singles, settings: Fe55Settings, config: CcdSettings, layout: Geometry
) -> Response:
    from helioscope_ccd.fe55 import response

    late = config.readout_s / config.frame_s
    nominal = config.nominal_ev_per_adu
    return response(singles, layout.nodes, nominal, with_cti=settings.cti, out_of_time=late)


def _systematic(
    result: Response, settings: Fe55Settings, inputs: list[CalibrationInput],
    config: CcdSettings, layout: Geometry,
) -> NDArray[np.float64]:  # fmt: skip
    """Give how far the gains move, in eV per ADU, with the isolation asked of singles."""
    found = [_gains(result)]
    for sigma in settings.isolation_sigma:
        other = config.model_copy(update={"split_sigma": sigma})
        singles = _singles(inputs, other, layout)
        found.append(_gains(_response(singles, settings, other, layout)))
    # fmax and fmin pass over NaN, and give it where a node never had a gain
    return np.asarray(0.5 * (np.fmax.reduce(found) - np.fmin.reduce(found)))


def _gains(result: Response) -> NDArray[np.float64]:
    return np.array([np.nan if fit is None else fit.gain for fit in result.gains])


def _singles(inputs: list[CalibrationInput], config: CcdSettings, layout: Geometry) -> Singles:
    """Run the chain with nominal gains and keep clean single-pixel events."""
    from helioscope_ccd.chain import corrected_kev, dark_of, frame_chain, frames_of, gains_of
    from helioscope_ccd.fe55 import Singles

    kev_per_adu, _ = gains_of(config, layout, None)
    node, transfers, signal = [], [], []
    for given in inputs:
        dark = given.setup.calibrations.get(DARK, ())
        chain = frame_chain(config, layout, dark_of(config, dark[0] if dark else None), kev_per_adu)
        for batch in given.batches():
            clusters, _ = chain(frames_of(batch, config))
            marks = clusters["quality"] & ~np.uint32(quality.EDGE.mask)
            kept = clusters[(clusters["pattern"] == 0) & (marks == 0)]
            place = kept["row"], kept["column"]
            node.append(layout.node[place])
            transfers.append(layout.transfers[place])
            signal.append(corrected_kev(kept, config) / kev_per_adu[place])
    return Singles(
        np.concatenate(node).astype(np.int64),
        np.concatenate(transfers).astype(np.int64),
        np.concatenate(signal).astype(np.float64),
    )


def _table(result: Response, systematic: NDArray[np.float64]) -> ak.Array:
    gains = result.gains
    nan = float("nan")
    statistical = np.array([fit.gain_error if fit else nan for fit in gains])
    return table_of(
        FE55_TABLE,
        {
            "node": np.arange(len(gains)),
            "gain_ev_per_adu": _gains(result),
            "gain_err_ev_per_adu": np.hypot(statistical, systematic),
            "cti": np.full(len(gains), result.cti),
            "cti_err": np.full(len(gains), result.cti_error),
            "sigma_ev": np.array([1e3 * fit.shape.sigma_kev if fit else nan for fit in gains]),
            "events": np.array([fit.events if fit else 0 for fit in gains]),
            "chi2": np.array([fit.chi2 if fit else nan for fit in gains]),
            "ndf": np.array([fit.ndf if fit else 0 for fit in gains]),
        },
    )


def _summary(
    result: Response, systematic: NDArray[np.float64], config: CcdSettings, layout: Geometry
) -> list[dict[str, object]]:
    """Give one entry a node; taps of a camera with sections say where they stand."""
    entries: list[dict[str, object]] = []
    for node, fit in enumerate(result.gains):
        entry: dict[str, object] = {"node": node}
        if config.nodes == "section":
            part = layout.sections[node]
            entry["name"] = part.name
            entry["row_half"] = int(part.row_start + part.row_stop > config.rows)
            entry["column_half"] = int(part.column_start + part.column_stop > config.columns)
        if fit is not None:
            per_adu = fit.gain / config.pair_ev
            entry |= {
                "electrons_per_adu": per_adu,
                "error": np.hypot(fit.gain_error, systematic[node]) / config.pair_ev,
                "statistical_error": fit.gain_error / config.pair_ev,
                "systematic_error": systematic[node] / config.pair_ev,
                "gain_ev_per_adu": fit.gain,
                "sigma_ev": 1e3 * fit.shape.sigma_kev,
                "events": fit.events,
                "chi2_per_ndf": fit.chi2 / max(fit.ndf, 1),
            }
        entries.append(entry | {"cti": result.cti, "cti_error": result.cti_error})
    return entries


FE55_CALIBRATOR = Calibrator(
    name=FE55,
    detector="ccd",
    version=1,
    config=Fe55Settings,
    run_kinds=("fe55",),
    product="raw",
    table=FE55_TABLE,
    calibration=calibrate_fe55,
    calibrations=lambda _config: (Requirement(DARK, optional=True),),
    description="Gain per read-out node and CTI from the Mn K lines of 55Fe.",
)
