"""The last step of the reconstruction: from the charges of rows to their energies."""

from __future__ import annotations

import awkward as ak
import numpy as np

from helioscope.api import Rescale, with_columns
from helioscope_tpc.constants import Constants
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.survival import corrected_kev


def energies(config: TpcSettings, constants: Constants) -> Rescale:
    """Give the function that puts energies into rows: by the cell's scale and the gas."""

    def rescale(rows: ak.Array) -> ak.Array:
        charge_kev, x_mm, y_mm = (
            np.asarray(rows[name], np.float64) for name in ("anode_charge_kev", "x_mm", "y_mm")
        )
        columns, lines = constants.scale.shape
        column = np.clip((x_mm / config.width_mm + 0.5) * columns, 0, columns - 1)
        line = np.clip((np.nan_to_num(y_mm) / config.height_mm + 0.5) * lines, 0, lines - 1)
        scale = constants.scale[np.nan_to_num(column).astype(int), line.astype(int)]
        energy = corrected_kev(
            np.nan_to_num(np.maximum(charge_kev, 0.0) * scale), config.drift_mm,
            config.argon_share, constants.velocity_mm_per_us * constants.lifetime_us,
        )  # fmt: skip
        per_electron = config.fano + 1.0 / (1.0 + config.polya_theta)
        error = np.sqrt(energy * per_electron * config.w_value_ev / 1000.0)
        return with_columns(rows, {"energy_kev": energy, "energy_err_kev": error})

    return rescale
