"""The options of the ROOT source."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, field_validator

from helioscope.io.fits_times import TimeUnit, option_time
from helioscope.plugin import Settings


class RootOptions(Settings):
    """How a tree is mapped to the raw schema.

    Attributes
    ----------
    tree
        Name of the TTree or RNTuple; needed where the file holds more than one.
    branches
        Branch (with its path) by column; a column without entry is read from the branch of
        its own name.
    number_events
        Number the events in the order of the files instead of reading ``event_id``.
    time_unit
        Unit of the time branch.
    nanosecond_branch
        A branch with nanoseconds to be added, for clocks split in two (TTimeStamp).
    start
        Time from which the time branch counts; 1970-01-01 UTC where not given.
    event_period_s
        Instead of a time branch: the time from event to event, beginning at ``start``.
    same_counts
        Lists of columns that have as many entries as one another in every event, beyond those
        with the same word before their first underscore (``signal_id``, ``signal_adu``).
    """

    tree: str | None = None
    branches: dict[str, str] = Field(default_factory=dict)
    number_events: bool = False
    time_unit: TimeUnit = "ns"
    nanosecond_branch: str | None = None
    start: datetime | str | None = None
    event_period_s: float | None = Field(default=None, ge=0)
    same_counts: list[list[str]] = Field(default_factory=list)

    @field_validator("start")
    @classmethod
    def _start_names_its_offset(cls, value: datetime | str | None) -> datetime | str | None:
        if value is not None:
            option_time(value)
        return value

    @property
    def start_ns(self) -> int:
        """The start as integer nanoseconds; 0 where not given."""
        return 0 if self.start is None else option_time(self.start)
