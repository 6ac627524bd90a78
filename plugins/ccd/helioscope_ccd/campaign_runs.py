"""The runs that the simulated campaigns of the CCD consist of."""

from __future__ import annotations

from helioscope.api import CampaignRun, Run
from helioscope_ccd.settings import CcdSettings
from helioscope_ccd.simulation_settings import CcdSimulation, PhotonSource

CONFIG = CcdSettings()

#: Lines at which the energy scale is measured, keV.
LINES_KEV = (1.5, 3.0, 5.9, 8.0)

#: Centre of the demonstration's focal spot on the chip, mm, and its width (one sigma).
SPOT_MM, SPOT_SIGMA_MM = (5.1, 17.4), 0.6

Plan = tuple[tuple[str, str, CcdSimulation], ...]
Intervals = tuple[tuple[int, int], ...]

#: Between two runs, and between the begin of the tracking and that of its run.
PAUSE_NS = 10_000_000_000

#: Fraction of the pixels bad in each way: more than on a real chip, enough to count.
BAD = 0.004


def validation_plan() -> Plan:
    """List the runs of the validation: name, kind and what is simulated."""
    lines = tuple((energy, 1.0) for energy in LINES_KEV)
    fe55 = PhotonSource(name="fe55", spectrum="fe55", rate_hz=300.0)
    comb = PhotonSource(name="lines", spectrum="lines", lines=lines, rate_hz=150.0)
    flat = PhotonSource(name="flat", spectrum="power_law", rate_hz=60.0)
    return (
        ("dark", "dark", _flawed(2000)),
        ("fe55", "fe55", _flawed(4000, (fe55,))),
        ("lines", "science", _flawed(4000, (comb,))),
        ("photons", "science", _flawed(4000, (flat,), tracks_hz=0.6)),
        ("empty", "science", _flawed(10000)),
        ("tracks", "science", _flawed(4000, tracks_hz=6.0)),
    )


def _flawed(
    frames: int, sources: tuple[PhotonSource, ...] = (), tracks_hz: float = 0.0
) -> CcdSimulation:
    return CcdSimulation(
        frames=frames, sources=sources, tracks_hz=tracks_hz, hot=BAD, flickering=BAD, dead=BAD
    )


def demo_plan() -> Plan:
    """List the runs of the demonstration."""
    fe55 = PhotonSource(name="fe55", spectrum="fe55", rate_hz=250.0)
    axions = PhotonSource(
        name="axion-like", spectrum="primakoff", span_kev=(0.7, 10.0), rate_hz=1.0, place="spot",
        spot_x_mm=SPOT_MM[0], spot_y_mm=SPOT_MM[1], spot_sigma_mm=SPOT_SIGMA_MM,
        tracking_only=True,
    )  # fmt: skip
    background = PhotonSource(
        name="background", spectrum="power_law", span_kev=(0.7, 10.0), index=0.3, rate_hz=6.0
    )
    fluorescence = PhotonSource(
        name="copper", spectrum="lines", lines=((8.046, 0.88), (8.904, 0.12)), rate_hz=0.8
    )
    science = CcdSimulation(frames=2500, sources=(axions, background, fluorescence), tracks_hz=0.4)
    return (
        ("dark", "dark", CcdSimulation(frames=600)),
        ("fe55", "fe55", CcdSimulation(frames=1500, sources=(fe55,))),
        ("night", "science", science),
        ("tracking", "science", science),
    )


def runs(plan: Plan, start_ns: int, tracking: Intervals) -> tuple[CampaignRun, ...]:
    """Put the runs one after the other; the last waits for the tracking."""
    frame_ns = round(CONFIG.frame_s * 1e9)
    planned, now = [], start_ns
    for name, kind, config in plan:
        if tracking and name == plan[-1][0]:
            now = max(now, tracking[0][0] + PAUSE_NS)
        length = config.frames * frame_ns
        planned.append(CampaignRun(Run(name, kind, now, now + length), config))
        now += length + PAUSE_NS
    return tuple(planned)


def validation_runs(start_ns: int, _tracking: Intervals) -> tuple[CampaignRun, ...]:
    """Give the runs of the validation."""
    return runs(validation_plan(), start_ns, ())


def demo_runs(start_ns: int, tracking: Intervals) -> tuple[CampaignRun, ...]:
    """Give the runs of the demonstration."""
    return runs(demo_plan(), start_ns, tracking)
