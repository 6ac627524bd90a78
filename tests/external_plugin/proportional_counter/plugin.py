"""A proportional counter: one pulse height an event. All that a detector of one's own needs."""

import awkward as ak
import numpy as np

from helioscope.api import Column, Detector, Reconstructed, Settings, hookimpl, products

RAW = products.RAW.extended(
    "proportional_counter_raw",
    1,
    [Column("pulse_height_adu", "float32", "ADU", "Height of the pulse.")],
)


class CounterSettings(Settings):
    """Calibration and dead time of the counter."""

    ev_per_adu: float = 10.0
    dead_time_s: float = 0.001


def reconstruction(setup):
    """Give the function that turns pulse heights into energies."""
    config = setup.config

    def reconstruct(raw: ak.Array) -> Reconstructed:
        kept = raw[raw["pulse_height_adu"] > 0]
        energy_kev = np.asarray(kept["pulse_height_adu"]) * np.float32(config.ev_per_adu / 1000)
        rows = len(kept)
        observables = ak.zip(
            {
                "event_id": kept["event_id"],
                "time_ns": kept["time_ns"],
                "x_mm": np.zeros(rows, np.float32),
                "y_mm": np.zeros(rows, np.float32),
                "energy_kev": energy_kev,
                "energy_err_kev": 0.2 * np.sqrt(energy_kev),
                "quality": np.zeros(rows, np.uint32),
            }
        )
        return Reconstructed(observables, np.full(len(raw), config.dead_time_s))

    return reconstruct


@hookimpl
def helioscope_detectors():
    """List the counter."""
    return [
        Detector("proportional-counter", 1, CounterSettings, lambda _config: RAW,
                 products.OBSERVABLES, reconstruction)
    ]  # fmt: skip
