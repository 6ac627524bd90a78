"""Settings of the discriminators and of their training."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from helioscope.plugin import Settings

Efficiency = Annotated[float, Field(ge=0.3, le=0.99)]


class WorkingPointSettings(Settings):
    """The working point of a discriminator.

    Attributes
    ----------
    efficiency
        Share of X-rays to be accepted, the same at every energy.
    """

    efficiency: Efficiency = 0.80


class TrainingSettings(Settings):
    """How a discriminator is trained.

    Attributes
    ----------
    efficiency
        Working point at which the report gives its figures.
    family
        Of the classifier.
    density
        Of the likelihood ratio.
    probability
        Curve from score to probability.
    folds
        Parts of the data held out in turn; whole runs, or stretches of time of a run.
    energy_min_kev, energy_max_kev
        Rows outside are left out of the training.
    max_rows
        Of each run; of longer ones every second, fourth, … row is taken.
    valid_from, valid_to
        ISO 8601 with offset; the model is refused for runs that start outside. Empty is open.
    """

    efficiency: Efficiency = 0.80
    family: Literal["boosting", "mlp", "logistic"] = "boosting"
    density: Literal["binned", "kernel"] = "binned"
    probability: Literal["sigmoid", "isotonic"] = "sigmoid"
    folds: Annotated[int, Field(ge=2, le=20)] = 5
    energy_min_kev: Annotated[float, Field(ge=0.05)] = 0.5
    energy_max_kev: Annotated[float, Field(le=500)] = 12.0
    max_rows: Annotated[int, Field(ge=200)] = 200_000
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    valid_from: str = ""
    valid_to: str = ""
