"""The runs that the campaigns of the strips and the mesh consist of."""

from __future__ import annotations

from helioscope.api import CampaignRun, Run
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.settings import MicromegasSimulation

CONFIG = MicromegasSettings()
Intervals = tuple[tuple[int, int], ...]

#: Lines at which the efficiency of the classifier is measured, keV.
LINES_KEV = (1.5, 3.0, 4.5, 5.9, 8.0)
EFFICIENCY = 0.80

_S = 1_000_000_000
#: Between the runs of the validation, so that the gain drifts from one to the next.
_PAUSE_S = 3600
#: name, kind, seconds, what is simulated
Plan = tuple[tuple[str, str, int, MicromegasSimulation], ...]


def _simulation(kind: str, events: int | None = None, **more: object) -> MicromegasSimulation:
    return MicromegasSimulation.model_validate({"kind": kind, "events": events, **more})


VALIDATION_PLAN: Plan = (
    ("pedestal", "pedestal", 60, _simulation("pedestal", 400)),
    ("fe55-1", "fe55", 600, _simulation("fe55", 12_000)),
    ("background-1", "background", 4500, _simulation("background")),
    ("xray-1", "xray", 900, _simulation("xray", 15_000)),
    ("background-2", "background", 4500, _simulation("background")),
    ("xray-2", "xray", 900, _simulation("xray", 15_000)),
    ("science-1", "science", 4500, _simulation("background")),
    ("science-2", "science", 4500, _simulation("background")),
    ("science-3", "science", 4500, _simulation("background")),
    ("science-4", "science", 4500, _simulation("background")),
    ("lines", "science", 900, _simulation("lines", 20_000, lines_kev=LINES_KEV)),
    ("fe55-science", "science", 600, _simulation("fe55", 8_000)),
    ("fe55-2", "fe55", 600, _simulation("fe55", 12_000)),
)

DEMO_PLAN: Plan = (
    ("pedestal", "pedestal", 20, _simulation("pedestal", 200)),
    ("fe55-1", "fe55", 60, _simulation("fe55", 1_800)),
    ("xray", "xray", 60, _simulation("xray", 2_000)),
    ("background", "background", 500, _simulation("background")),
)
_DEMO_LAST = ("fe55-2", "fe55", 60, _simulation("fe55", 1_800))
#: A day's drift within the hour of the demonstration, so that there is something to see.
_DEMO_DRIFT_PER_DAY = 0.6
_DEMO_SCIENCE = ("science", "science", 1000, _simulation("background", solar_hz=0.4))


def validation_runs(start_ns: int, _tracking: Intervals) -> tuple[CampaignRun, ...]:
    """Put the runs of the validation one after the other, with pauses."""
    return _in_line(VALIDATION_PLAN, start_ns, _PAUSE_S, start_ns)


def demo_runs(start_ns: int, tracking: Intervals) -> tuple[CampaignRun, ...]:
    """Put calibrations first, then a science run around tracking, then 55Fe once more."""
    runs = _in_line(DEMO_PLAN, start_ns, 10, start_ns)
    last = runs[-1].run.stop_ns or start_ns
    name, kind, seconds, config = _DEMO_SCIENCE
    begin = last + 10 * _S
    if tracking:
        opened, closed = tracking[0]
        begin = max(begin, (opened + closed) // 2 - seconds * _S // 2)
    stop = begin + seconds * _S
    science = CampaignRun(Run(name, kind, begin, stop), config)
    (after,) = _in_line((_DEMO_LAST,), stop + 10 * _S, 0, start_ns)
    demo = {
        "gain_epoch_ns": start_ns, "gain_per_day": _DEMO_DRIFT_PER_DAY, "compression": "zstd",
    }  # fmt: skip
    return tuple(
        CampaignRun(planned.run, planned.config.model_copy(update=demo))
        for planned in (*runs, science, after)
    )


def _in_line(plan: Plan, start_ns: int, pause_s: int, epoch_ns: int) -> tuple[CampaignRun, ...]:
    runs, begin = [], start_ns
    for name, kind, seconds, simulation in plan:
        stop = begin + seconds * _S
        config = simulation.model_copy(update={"gain_epoch_ns": epoch_ns})
        runs.append(CampaignRun(Run(name, kind, begin, stop), config))
        begin = stop + pause_s * _S
    return tuple(runs)
