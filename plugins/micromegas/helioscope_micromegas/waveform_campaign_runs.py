"""The runs that the campaign of the waveform read-out consists of."""

from __future__ import annotations

from helioscope.api import CampaignRun, Run
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.settings import WaveformSimulation

#: Single electrons give flat pulses, which REST's signal threshold would refuse.
CONFIG = MicromegasSettings(readout="waveforms", signal_threshold_sigma=1.0, minimum_points=5)
PEDESTAL_EVENTS = 40
#: X-ray lines whose place on the energy scale is measured, keV.
LINES_KEV = (1.5, 3.0, 5.9, 8.0)

_S = 1_000_000_000
#: name, kind of the run, what is simulated, events, seconds
PLAN = (
    ("readout", "readout", "readout", 0, 1),
    ("pedestal", "pedestal", "pedestal", PEDESTAL_EVENTS, 60),
    ("fe55-1", "fe55", "fe55", 6000, 600),
    ("fe55-science", "science", "fe55", 8000, 600),
    ("lines", "science", "lines", 6000, 600),
    ("fe55-2", "fe55", "fe55", 6000, 600),
)
#: Between the runs, so that the gain drifts from one to the next.
_PAUSE_S = 3600


def runs(start_ns: int, _tracking: tuple[tuple[int, int], ...]) -> tuple[CampaignRun, ...]:
    """Put the runs one after the other, with pauses."""
    planned, begin = [], start_ns
    for name, kind, what, events, seconds in PLAN:
        values = {"kind": what, "events": events, "gain_epoch_ns": start_ns}
        config = WaveformSimulation.model_validate({**values, "lines_kev": LINES_KEV})
        stop = begin + seconds * _S
        planned.append(CampaignRun(Run(name, kind, begin, stop), config))
        begin = stop + _PAUSE_S * _S
    return tuple(planned)
