"""Settings of the discriminators and of their training."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from helioscope.plugin import Settings

Efficiency = Annotated[float, Field(ge=0.3, le=0.99)]


class WorkingPointSettings(Settings):
    """The working point of a discriminator."""

    efficiency: Efficiency = Field(
        default=0.80, description="Share of X-rays to be accepted, the same at every energy."
    )


class TrainingSettings(Settings):
    """How a discriminator is trained."""

    efficiency: Efficiency = Field(
        default=0.80, description="Working point at which the report gives its figures."
    )
    family: Literal["boosting", "mlp", "logistic"] = Field(
        default="boosting", description="Of the classifier."
    )
    density: Literal["binned", "kernel"] = Field(
        default="binned", description="Of the likelihood ratio."
    )
    probability: Literal["sigmoid", "isotonic"] = Field(
        default="sigmoid", description="Curve from score to probability."
    )
    folds: Annotated[int, Field(ge=2, le=20)] = Field(
        default=5, description="Parts of the data held out in turn: runs, or stretches of time."
    )
    energy_min_kev: Annotated[float, Field(ge=0.05)] = Field(
        default=0.5, description="Rows below are left out, keV."
    )
    energy_max_kev: Annotated[float, Field(le=500)] = Field(
        default=12.0, description="Rows above are left out, keV."
    )
    max_rows: Annotated[int, Field(ge=200)] = Field(
        default=200_000,
        description="Of each run; of longer ones every second, fourth, … row is taken.",
    )
    seed: Annotated[int, Field(ge=0, lt=2**32)] = Field(
        default=0, description="Of the folds and the classifier."
    )
    valid_from: str = Field(
        default="",
        description="ISO 8601 with offset; refused for runs that start before. Empty is open.",
    )
    valid_to: str = Field(
        default="",
        description="ISO 8601 with offset; refused for runs that start after. Empty is open.",
    )
