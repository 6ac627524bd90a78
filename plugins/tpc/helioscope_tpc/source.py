"""Whether a run is one of a 55Fe source: asked before anything is calibrated with it."""

from __future__ import annotations

from pydantic import Field

from helioscope.api import InputError, Settings
from helioscope_tpc.lines import LineFit


class SourceSettings(Settings):
    """What it takes to be a run of a 55Fe source."""

    least_peak_over_flanks: float = Field(
        default=3.0,
        ge=0,
        description="Events in a keV of the 5.9 keV peak over those beside it; fewer are refused.",
    )
    largest_scale_error: float = Field(
        default=0.02, gt=0, description="A run whose peak lies less certain, relative, is refused."
    )


def demand_source(fit: LineFit, settings: SourceSettings, run: str) -> None:
    """Refuse a run whose spectrum has not the peak of 55Fe.

    Raises
    ------
    InputError
        Where the peak was not found, does not stand out, or has no certain place.
    """
    error = fit.scale_err / fit.scale
    faults = []
    if not error <= settings.largest_scale_error:
        faults.append(f"the peak's place is known to {100 * error:.2g} %")
    if not fit.over_flanks >= settings.least_peak_over_flanks:
        faults.append(f"{fit.over_flanks:.2g} events in the 5.9 keV peak for one beside it")
    if faults:
        raise InputError(
            where=f"run {run}",
            found=f"{'; '.join(faults)} ({fit.events} events)",
            expected="a spectrum of 55Fe",
            remedy="look whether the source was in; correct the run's kind, or take a longer run",
        )
