"""The CCD's own quality bits, and the masks that the pass over frames sets."""

from __future__ import annotations

from helioscope.api import QualityBit
from helioscope.api import quality as common
from helioscope_ccd.maps import Bits

TRACK = QualityBit(16, "track", "The frame holds a charged particle's track.")
FRAME_REJECTED = QualityBit(
    17, "frame_rejected", "So many tracks that the whole frame was dropped.", excludes=True
)
NEAR_REJECTED = QualityBit(
    18, "near_rejected", "It touches a column that was dropped for a track; charge may be lost."
)
INVALID_PATTERN = QualityBit(
    19, "invalid_pattern", "Its shape is not that of one X-ray photon (pattern above 12)."
)

OWN = (TRACK, FRAME_REJECTED, NEAR_REJECTED, INVALID_PATTERN)


def bits() -> Bits:
    """Give the masks in the form that the kernels take."""
    return Bits(
        saturated=common.SATURATED.mask,
        negative=common.NEGATIVE.mask,
        pile_up=common.PILE_UP.mask,
        edge=common.EDGE.mask,
        bad_neighbour=common.BAD_NEIGHBOUR.mask,
        track=TRACK.mask,
        frame_rejected=FRAME_REJECTED.mask,
        near_rejected=NEAR_REJECTED.mask,
        invalid_pattern=INVALID_PATTERN.mask,
    )
