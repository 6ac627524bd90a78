"""Settings of a frame CCD; the defaults are the pn-CCD of the CAST X-ray telescope."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from helioscope.api import Settings

#: A half-open range of rows or columns; a TOML list will do.
Span = Annotated[tuple[int, int], Field(strict=False)]


class SectionSettings(Settings):
    """A part of the array that is read through one side.

    Attributes
    ----------
    name
        Of the tap, for tables.
    rows, columns
        The image area, half-open.
    overscan_columns
        Columns without pixels, read with these rows; their median is the row's level.
    transfer
        Whether charge moves to the low or to the high row index.
    """

    name: str
    rows: Span
    columns: Span
    overscan_columns: Span | None = None
    transfer: Literal["low", "high"] = "low"


class CcdSettings(Settings):
    """Geometry, timing, thresholds and nominal response of a frame CCD.

    The pn-CCD: 64 x 200 pixels of 150 um, one amplifier a column (REFERENCE.md section 1);
    the MIP threshold of 15 keV is that of the XMM-Newton SAS task ``epevents``.
    """

    columns: int = Field(default=64, gt=0)
    rows: int = Field(default=200, gt=0)
    pixel_um: float = Field(default=150.0, gt=0)
    integration_s: float = Field(default=0.0718, gt=0)
    readout_s: float = Field(default=0.0061, ge=0)
    adu_type: Literal["int16", "uint16", "float32"] = "int16"
    saturation_adu: float = 32767.0
    #: One read-out node a column, or one a section.
    nodes: Literal["column", "section"] = "column"
    #: Empty: the whole array is one section.
    sections: Annotated[tuple[SectionSettings, ...], Field(strict=False)] = ()
    #: Offsets come from dark frames, or from each row's overscan.
    offsets: Literal["dark", "overscan"] = "dark"
    nominal_ev_per_adu: float = Field(default=5.0, gt=0)
    #: Noise where no dark frame tells it.
    nominal_noise_adu: float = Field(default=3.65, gt=0)
    pair_ev: float = Field(default=3.65, gt=0)
    fano: float = Field(default=0.115, gt=0)
    #: Width (one sigma) of the charge cloud at the anode, for the place of split events and the
    #: charge lost below the split threshold; 0 where it is not known.
    cloud_um: float = Field(default=8.0, ge=0)
    #: A pixel above it starts an event.
    event_sigma: float = Field(default=6.5, gt=0)
    #: A neighbour above it belongs to the event.
    split_sigma: float = Field(default=3.0, gt=0)
    #: A pixel that far below its level is damaged data.
    negative_sigma: float = Field(default=12.0, gt=0)
    #: A pixel above it was crossed by a charged particle.
    mip_kev: float = Field(default=15.0, gt=0)
    #: As many tracks in a frame reject all of it.
    mip_tracks_per_frame: int = Field(default=5, gt=0)
    frames_per_batch: int = Field(default=1024, gt=0)

    @model_validator(mode="after")
    def _fits(self) -> CcdSettings:
        for section in self.sections:
            for span, size in ((section.rows, self.rows), (section.columns, self.columns)):
                if not 0 <= span[0] < span[1] <= size:
                    raise ValueError(f"section {section.name}: {span} is outside 0 to {size}")
            if self.offsets == "overscan" and section.overscan_columns is None:
                raise ValueError(f"section {section.name}: offsets from overscan need its columns")
        if self.offsets == "overscan" and not self.sections:
            raise ValueError("offsets from overscan need sections with overscan_columns")
        if self.split_sigma > self.event_sigma:
            raise ValueError("split_sigma is above event_sigma")
        return self

    @property
    def frame_s(self) -> float:
        """Seconds from one frame to the next."""
        return self.integration_s + self.readout_s
