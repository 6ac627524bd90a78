"""The settings that decide which seconds were tracking."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from helioscope.model.settings import Settings
from helioscope.sun.declared_columns import PointingColumns
from helioscope.sun.site import Site


class PointingSettings(Settings):
    """How a pointing log is judged.

    Attributes
    ----------
    tolerance_deg
        Tracking: the Sun's centre within this of the magnet axis, in each axis.
    pointing_offset
        ``measured``: the constant difference between encoders and Sun while the magnet moves
        with the Sun is taken out, once for each tracking, up to ``max_offset_deg``. ``none``:
        the encoders (with the grid) are believed.
    max_offset_deg
        The largest such difference in either axis; 0.05 degree is the radius of the Sun's core
        from which axions come. A magnet further off does not track.
    min_tracking_s
        Shorter spells near the Sun are crossings: a magnet at rest has the Sun within the
        tolerance for some ten seconds.
    near_sun_deg
        Closer to the Sun than this and not tracking is excluded from background.
    gap_s
        Rows further apart are joined only where the magnet stood still between them.
    parked_gap_s
        The longest gap over which a magnet that stands where it stood is believed to have
        rested; CAST writes a row in ten minutes.
    parked_deg
        How far the encoders of a resting magnet may wander over a gap.
    moving_deg_per_s
        Faster than this, over ``moving_window_s``, is moving.
    end
        Which end of the magnet the detector stands at; ``both`` counts either.
    columns
        The columns of logs that are plain tables.
    grid
        File with the survey's offsets from encoder to sky; none by default, which is 0. In a
        job it is relative to the folder of the data, as the logs are.
    """

    site: Site = Site()
    tolerance_deg: float = Field(default=0.015, gt=0, le=1)
    pointing_offset: Literal["measured", "none"] = "measured"
    max_offset_deg: float = Field(default=0.05, ge=0, le=1)
    min_tracking_s: float = Field(default=60.0, ge=0)
    near_sun_deg: float = Field(default=0.5, ge=0, le=20)
    gap_s: float = Field(default=90.0, gt=0)
    parked_gap_s: float = Field(default=1300.0, gt=0)
    parked_deg: float = Field(default=0.02, ge=0)
    moving_deg_per_s: float = Field(default=0.0005, gt=0)
    moving_window_s: float = Field(default=10.0, gt=0)
    end: Literal["sunrise", "sunset", "both"] = "both"
    columns: PointingColumns = PointingColumns()
    grid: str = ""
