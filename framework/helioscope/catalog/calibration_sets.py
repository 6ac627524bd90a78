"""The calibrations that hold together: those of a tag, or those that hold now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from helioscope.catalog import validity
from helioscope.catalog.calibration_rows import by_calibration
from helioscope.catalog.rows import CalibrationRow


@dataclass(frozen=True)
class CalibrationSet:
    """Versions of calibrations to choose from, as the catalogue held them at one moment.

    Attributes
    ----------
    rows
        Grouped by (detector, name), each group in order of start.
    tag
        The tag that froze them; None for those that held at that moment.
    """

    rows: tuple[CalibrationRow, ...]
    tag: str | None = None

    @cached_property
    def _groups(self) -> dict[tuple[str, str], list[CalibrationRow]]:
        return dict(by_calibration(self.rows))

    def versions(self, detector: str, name: str) -> Sequence[CalibrationRow]:
        """List the versions of one calibration in order of their start; empty where none is."""
        return self._groups.get((detector, name), ())

    def valid_for(
        self,
        detector: str,
        name: str,
        start_ns: int | None,
        stop_ns: int | None,
        interpolated: bool = False,
    ) -> tuple[CalibrationRow, ...]:
        """Choose the versions of a calibration that hold for a run over [start_ns, stop_ns).

        Parameters
        ----------
        interpolated
            Give the neighbours in time as well; without it exactly one version is given.

        Raises
        ------
        UsageError
            On a gap or an overlap, naming the stretch and the versions.
        """
        what = f"calibration {name} of {detector}" + (f" in tag {self.tag}" if self.tag else "")
        rows = self.versions(detector, name)
        return validity.valid_for(rows, start_ns, stop_ns, what=what, interpolated=interpolated)
