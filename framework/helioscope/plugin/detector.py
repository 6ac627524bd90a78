"""A detector and what its reconstruction gives; a discriminator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.model.products import OBSERVABLES
from helioscope.model.quality import COMMON, OWN_BITS, QualityBit
from helioscope.model.schema import Schema
from helioscope.model.settings import Settings
from helioscope.plugin.identity import require_identity
from helioscope.plugin.setup import Requirement, Setup


class Reconstructed(NamedTuple):
    """What a reconstruction gives for one raw batch.

    Attributes
    ----------
    observables
        Record array in the detector's observables schema, rows in the order of their events.
    dead_s
        float64 per raw event: seconds of live time that this event costs (read-out, vetoed
        area times integration, dead time of the trigger). None where it costs nothing.
    event_quality
        uint32 per raw event; counted in the record even where the event left no row.
    """

    observables: ak.Array
    dead_s: NDArray[np.float64] | None = None
    event_quality: NDArray[np.uint32] | None = None


Reconstruct = Callable[[ak.Array], Reconstructed]


#: Takes observables; gives the same rows with the last step of their reconstruction done anew.
Rescale = Callable[[ak.Array], ak.Array]

#: Takes observables; gives a record array with ``score`` and ``accepted`` for each row, and
#: ``cuts_failed`` where the discriminator names cuts.
Discriminate = Callable[[ak.Array], ak.Array]


@dataclass(frozen=True)
class Rescaling:
    """The last step of a reconstruction, which takes nothing but observables.

    Where only what it names has changed, archived runs start from their observables instead of
    their raw files. So it must make of observables that any values of these gave what the whole
    reconstruction gives with the new ones, to the last bit; columns are as the schema keeps them.

    Attributes
    ----------
    settings, calibrations
        Names of those that act in this step and nowhere before it.
    rescaling
        Called once a run; gives the function from observables to observables.
    """

    rescaling: Callable[[Setup], Rescale]
    settings: tuple[str, ...] = ()
    calibrations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for what in ("settings", "calibrations"):
            if not isinstance(getattr(self, what), tuple):
                raise ValueError(f"rescaling: {what} is no tuple of names, such as ('name',)")


@dataclass(frozen=True)
class Detector:
    """A detector: its schemas and its reconstruction.

    Attributes
    ----------
    raw
        Schema of a raw batch for given settings; with the default settings it is what
        ``helioscope schema`` prints.
    reconstruction
        Called once a run; gives the function from raw batch to observables.
    rescaling
        Its last step, where observables can go through that again; None where they cannot.
    frame_s
        For a detector read out in frames, the seconds that one raw event covers; None for
        a triggered detector, whose exposure is the run's span.
    batch_events
        Raw events to a batch for given settings.

    Raises
    ------
    ValueError
        Where its name, version or settings cannot be, its observables lack a column of
        ``products.OBSERVABLES``, or its quality bits or its rescaling cannot be.
    """

    name: str
    version: int
    config: type[Settings]
    raw: Callable[[Any], Schema]
    observables: Schema
    reconstruction: Callable[[Setup], Reconstruct]
    calibrations: Callable[[Any], tuple[Requirement, ...]] = lambda _config: ()
    quality: tuple[QualityBit, ...] = ()
    frame_s: Callable[[Any], float | None] = lambda _config: None
    batch_events: Callable[[Any], int] = lambda _config: 4096
    description: str = ""
    rescaling: Rescaling | None = None

    def __post_init__(self) -> None:
        require_identity(self)
        lacking = self.observables.lacks(OBSERVABLES)
        if lacking:
            raise ValueError(
                f"observables '{self.observables.name}' lack {', '.join(lacking)} "
                "as products.OBSERVABLES has them"
            )
        self._check_bits()
        self._check_rescaling()

    def _check_bits(self) -> None:
        own: Any = self.quality
        if not isinstance(own, tuple) or not all(isinstance(bit, QualityBit) for bit in own):
            raise ValueError("quality is no tuple of QualityBit")
        taken = list(COMMON)
        for bit in self.quality:
            if bit.bit < OWN_BITS:
                raise ValueError(f"quality bit '{bit.name}': a detector's own are 16 to 31")
            if any(bit.bit == other.bit or bit.name == other.name for other in taken):
                raise ValueError(f"quality bit {bit.bit}, '{bit.name}': number or name is taken")
            taken.append(bit)

    def _check_rescaling(self) -> None:
        last: Any = self.rescaling
        if last is None:
            return
        if not isinstance(last, Rescaling):
            raise ValueError(f"rescaling is a {type(last).__name__} instead of a Rescaling")
        unknown = sorted(set(last.settings) - set(self.config.model_fields))
        if unknown:
            raise ValueError(f"rescaling names settings that there are not: {', '.join(unknown)}")

    @property
    def quality_bits(self) -> tuple[QualityBit, ...]:
        """The framework's bits and the detector's own."""
        return COMMON + self.quality


@dataclass(frozen=True)
class Discriminator:
    """A rule that says which rows of a detector's observables are X-rays.

    Attributes
    ----------
    cuts
        For given settings the names of its cuts, in their order; at most 63. Where it names
        any, its rows have a column ``cuts_failed`` (`helioscope.api.failed_cuts`), it accepts
        those that fail none, and the record of a run counts what each cut removed.

    Raises
    ------
    ValueError
        Where its name, version or settings cannot be.
    """

    name: str
    detector: str
    version: int
    config: type[Settings]
    discrimination: Callable[[Setup], Discriminate]
    calibrations: Callable[[Any], tuple[Requirement, ...]] = lambda _config: ()
    cuts: Callable[[Any], tuple[str, ...]] = lambda _config: ()
    description: str = ""

    def __post_init__(self) -> None:
        require_identity(self)
