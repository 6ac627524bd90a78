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

    columns: int = Field(default=64, gt=0, description="Pixels across, as read.")
    rows: int = Field(default=200, gt=0, description="Pixels up, as read.")
    pixel_um: float = Field(default=150.0, gt=0, description="Side of a pixel, um.")
    integration_s: float = Field(
        default=0.0718, gt=0, description="Time in which a frame collects charge, s."
    )
    readout_s: float = Field(
        default=0.0061, ge=0, description="Time in which it is read out, s: no live time."
    )
    adu_type: Literal["int16", "uint16", "float32"] = Field(
        default="int16", description="Type of the pixels in the raw file."
    )
    saturation_adu: float = Field(
        default=32767.0, description="A pixel that reads it is full, adu."
    )
    nodes: Literal["column", "section"] = Field(
        default="column",
        description="One read-out node (gain, transfer loss) a column, or one a section.",
    )
    sections: Annotated[tuple[SectionSettings, ...], Field(strict=False)] = Field(
        default=(),
        description="Parts that are read through one side; empty: the whole array is one.",
    )
    offsets: Literal["dark", "overscan"] = Field(
        default="dark", description="From dark frames, or from each row's overscan."
    )
    nominal_ev_per_adu: float = Field(
        default=5.0, gt=0, description="Gain where no 55Fe calibration gives it, eV per adu."
    )
    nominal_noise_adu: float = Field(
        default=3.65, gt=0, description="Noise of a pixel where no dark frame tells it, adu."
    )
    pair_ev: float = Field(
        default=3.65, gt=0, description="Energy to free one electron in silicon, eV."
    )
    fano: float = Field(default=0.115, gt=0, description="Fano factor of silicon.")
    cloud_um: float = Field(
        default=8.0,
        ge=0,
        description="Charge cloud at the anode, one sigma in um; 0 where it is not known.",
    )
    event_sigma: float = Field(
        default=6.5, gt=0, description="A pixel above it starts an event, in units of its noise."
    )
    split_sigma: float = Field(
        default=3.0,
        gt=0,
        description="A neighbour above it belongs to the event, in units of its noise.",
    )
    negative_sigma: float = Field(
        default=12.0,
        gt=0,
        description="A pixel that far below its level is damaged data, in units of its noise.",
    )
    mip_kev: float = Field(
        default=15.0,
        gt=0,
        description="A pixel above it was crossed by a charged particle, keV.",
    )
    mip_tracks_per_frame: int = Field(
        default=5, gt=0, description="As many tracks in a frame reject all of it."
    )
    frames_per_batch: int = Field(
        default=1024, gt=0, description="Frames that are reconstructed at a time."
    )

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
