"""In which order the calibrators of a detector work, and which calibrations each may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helioscope.core.events.border import owner_of
from helioscope.errors import PluginError
from helioscope.job.plan import PlannedCalibrator, PlannedDetector
from helioscope.plugin import Requirement

Needs = Mapping[str, Sequence[Requirement]]


@dataclass(frozen=True)
class Step:
    """A calibrator in its place of the order.

    Attributes
    ----------
    needs
        The calibrations that it may take: none whose calibrator stands later in the order.
    circle
        Names of calibrations that it requires and that are themselves made after it.
    """

    planned: PlannedCalibrator
    needs: tuple[Requirement, ...]
    circle: tuple[str, ...] = ()

    def require_possible(self) -> None:
        """Refuse a calibrator that requires what only it makes possible.

        Raises
        ------
        PluginError
            Naming the calibrations that require each other.
        """
        if self.circle:
            calibrator = self.planned.calibrator
            raise PluginError(
                where=owner_of(calibrator),
                found=f"it requires {', '.join(self.circle)}, made with {calibrator.name} itself",
                expected="calibrations that can be made one after the other",
                remedy="make one of these needs optional in the plugin, or choose settings of "
                "the detector that do not ask for both",
            )


def in_order(entry: PlannedDetector) -> list[Step]:
    """Put every calibrator of a detector after those whose calibrations it takes.

    Where some would take each other's, the first that the plugin lists for which only optional
    needs are open goes without these. It does so whatever the catalogue holds: were it to take
    what an earlier call made after it, each call would make it from the call before. For the
    same reason the order is that of all the calibrators, not of those that a job has runs for.
    """
    waiting = {one.calibrator.name: _needs(one, entry) for one in entry.calibrators}
    planned = {one.calibrator.name: one for one in entry.calibrators}
    steps = []
    while waiting:
        name = _next(waiting)
        needs = waiting.pop(name)
        kept = tuple(need for need in needs if need.name not in waiting)
        circle = tuple(need.name for need in needs if need.name in waiting and not need.optional)
        steps.append(Step(planned[name], kept, circle))
    return steps


def _needs(planned: PlannedCalibrator, entry: PlannedDetector) -> list[Requirement]:
    """List what a calibrator stands on; never itself."""
    calibrator = planned.calibrator
    needs = list(calibrator.calibrations(planned.config))
    if calibrator.product == "observables":
        needs += entry.detector.calibrations(entry.config)
    return [need for need in needs if need.name != calibrator.name]


def _next(waiting: Needs) -> str:
    """Choose the calibrator that goes first among those that wait."""
    reached = {name: _reached(name, waiting) for name in waiting}
    # those that stand on nothing that waits, or only on what stands on them as well
    first = [name for name in waiting if all(name in reached[other] for other in reached[name])]
    free = [
        name
        for name in first
        if all(need.optional or need.name not in waiting for need in waiting[name])
    ]
    return (free or first)[0]


def _reached(name: str, waiting: Needs) -> set[str]:
    """List what waits and is needed by a calibrator, or by what it needs, and so on."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        new = {need.name for need in waiting[ahead.pop()] if need.name in waiting} - found
        found |= new
        ahead += new
    return found
