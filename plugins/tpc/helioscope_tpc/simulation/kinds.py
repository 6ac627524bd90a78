"""What a simulated run holds, by the kind that it is labelled with."""

from __future__ import annotations

from helioscope.api import Run, UsageError
from helioscope_tpc.simulation.settings import TpcSimulationSettings

NS_PER_S = 1_000_000_000

#: Background by kind, the shares that a chamber near the surface sees behind its shield [M].
BACKGROUND = {"muons": 0.55, "gammas": 0.41, "recoils": 0.02, "fluorescence": 0.02}
_HELD = ("photons", "pairs", "random_triggers", *BACKGROUND)
#: What a run of a kind that calibrates or teaches may hold.
_LABELS = {
    "pedestal": {"random_triggers"},
    "fe55": {"photons"},
    "xray": {"photons", "pairs"},
    "muon": {"muons"},
    "background": set(BACKGROUND),
}


def background_of(events: int) -> dict[str, int]:
    """Share out a number of background events over its kinds."""
    return {kind: int(events * share) for kind, share in BACKGROUND.items()}


def filled(simulation: TpcSimulationSettings, run: Run) -> TpcSimulationSettings:
    """Fill in the particles that belong to the run's kind, where the settings count none.

    The source for ``fe55``, an even spectrum for ``xray``, the
    lines for ``lines``, muons for ``muon``, random triggers
    for ``pedestal``, and the background for every other kind, at ``rate_hz``.
    """
    if simulation.model_fields_set & set(_HELD):
        return simulation
    span_ns = (run.stop_ns or 0) - (run.start_ns or 0)
    events = max(1, round(simulation.rate_hz * span_ns / NS_PER_S))
    known: dict[str, dict[str, object]] = {
        "fe55": {"source": "fe55", "photons": events, "flood": True},
        "xray": {"source": "flat", "photons": events},
        "lines": {"source": "lines", "photons": events},
        "muon": {"muons": events},
        "pedestal": {"random_triggers": events},
    }
    return simulation.model_copy(update=known.get(run.kind) or background_of(events))


def require_as_labelled(run: Run, simulation: TpcSimulationSettings) -> None:
    """Refuse a run that would calibrate from something else than its kind says.

    Raises
    ------
    UsageError
        Where it holds anything else.
    """
    held = {field for field in _HELD if getattr(simulation, field)}
    allowed = _LABELS.get(run.kind)
    is_source = simulation.source == "fe55"
    wrong_source = run.kind in ("fe55", "xray") and is_source != (run.kind == "fe55")
    if allowed is None or (held and held <= allowed and not wrong_source):
        return
    what = ", ".join(sorted(held)) or "nothing"
    photons = f" from source = '{simulation.source}'" if "photons" in held else ""
    raise UsageError(
        where=f"simulation of run '{run.name}'",
        found=f"a run of kind '{run.kind}' that holds {what}{photons}",
        expected=f"{' or '.join(sorted(allowed))}, and nothing else",
        remedy="set their numbers and the source in [simulator], or correct the run's kind",
    )
