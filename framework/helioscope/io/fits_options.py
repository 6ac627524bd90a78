"""The options of the FITS source."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, field_validator

from helioscope.io.fits_times import TimeFormat, TimeUnit, option_time
from helioscope.plugin import Settings


class FitsOptions(Settings):
    """How frames and their times are found in a FITS file.

    Attributes
    ----------
    hdu
        Number or EXTNAME of the unit; else the first that holds a table with the frame
        column, or an image.
    time_column, frame_column
        Names of the columns of a table.
    time_unit
        Unit of the time column where the table does not say it.
    time_keyword, time_format
        Header card with the time of an image; DATE-OBS where not given.
    start
        Time of the first frame of a cube or image that does not say it.
    frame_period_s
        From frame to frame of a cube.
    time_offset_s
        Added to the time of images and cubes, for a clock known to be wrong.
    """

    hdu: int | str | None = None
    time_column: str = "TIME"
    frame_column: str = "FRAME"
    time_unit: TimeUnit | None = None
    time_keyword: str | None = None
    time_format: TimeFormat = "iso"
    start: datetime | str | None = None
    frame_period_s: float | None = Field(default=None, gt=0)
    time_offset_s: float = 0.0

    @field_validator("start")
    @classmethod
    def _start_names_its_offset(cls, value: datetime | str | None) -> datetime | str | None:
        if value is not None:
            option_time(value)
        return value
