"""Which events are X-rays: by pattern, quality and, where given, the focal spot."""

from __future__ import annotations

from typing import Annotated

import awkward as ak
import numpy as np
from pydantic import Field

from helioscope.api import (
    Discriminate,
    Discriminator,
    Settings,
    Setup,
    UsageError,
    failed_cuts,
    quality,
)
from helioscope_ccd.quality import OWN


class FocalSpot(Settings):
    """A circle on the chip."""

    x_mm: float
    y_mm: float
    radius_mm: float = Field(gt=0)


class PatternSettings(Settings):
    """What an X-ray may look like."""

    patterns: Annotated[tuple[int, ...], Field(strict=False)] = Field(
        default=tuple(range(13)),
        description="Split patterns that are taken; XMM: 0 to 4 for spectra, 0 to 12 for images.",
    )
    rejected_quality: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(
            "not_finite", "saturated", "negative", "pile_up", "edge", "bad_neighbour",
            "frame_rejected", "near_rejected", "invalid_pattern",
        ),
        description="Names of quality bits that rule an event out.",
    )  # fmt: skip
    focal_spot: FocalSpot | None = Field(
        default=None, description="Only events inside this circle are taken."
    )


def discrimination(setup: Setup) -> Discriminate:
    """Set up the rule for a run."""
    config: PatternSettings = setup.config
    bits = {bit.name: bit.mask for bit in (*quality.COMMON, *OWN)}
    rejected = np.uint32(sum(_mask(bits, name) for name in config.rejected_quality))
    allowed = np.array(sorted(config.patterns), np.int64)

    def discriminate(rows: ak.Array) -> ak.Array:
        pattern, marks = np.asarray(rows["pattern"]), np.asarray(rows["quality"])
        passed = [(marks & np.uint32(bits[name])) == 0 for name in config.rejected_quality]
        passed.append(np.isin(pattern, allowed))
        if config.focal_spot is not None:
            spot = config.focal_spot
            away = np.hypot(
                np.asarray(rows["x_mm"]) - spot.x_mm, np.asarray(rows["y_mm"]) - spot.y_mm
            )
            passed.append(away <= spot.radius_mm)
        failed = failed_cuts(passed, len(rows))
        score = np.where((marks & rejected) == 0, 1.0 - pattern / 13.0, 0.0)
        return ak.Array(
            {"score": score.astype(np.float32), "accepted": failed == 0, "cuts_failed": failed}
        )

    return discriminate


def cuts(config: PatternSettings) -> tuple[str, ...]:
    """Name what is asked of a row: each quality bit, the pattern, the focal spot if given."""
    spot = () if config.focal_spot is None else ("focal spot",)
    return (*(f"not {name}" for name in config.rejected_quality), "pattern", *spot)


def _mask(bits: dict[str, int], name: str) -> int:
    if name not in bits:
        raise UsageError(
            where="discriminator ccd-pattern, rejected_quality",
            found=f"no quality bit is called '{name}'",
            expected=f"one of {', '.join(sorted(bits))}",
        )
    return bits[name]


DISCRIMINATOR = Discriminator(
    name="ccd-pattern",
    detector="ccd",
    version=1,
    config=PatternSettings,
    discrimination=discrimination,
    cuts=cuts,
    description="X-rays by split pattern, quality bits and focal spot.",
)
