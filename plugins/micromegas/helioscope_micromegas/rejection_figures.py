"""How much background is left: of all rows, of those the classifier judges, and of what kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope.api import CampaignResult, Figure, RunResult
from helioscope_micromegas.judging import Share, accepted, is_clean
from helioscope_micromegas.truth import beside, origins

RANGE_KEV = (1.0, 8.0)
#: Where background's short tracks begin to be longer than diffusion makes an X-ray's cluster.
_PARTED_KEV = 2.0
SCIENCE = ("science-1", "science-2", "science-3", "science-4")
#: Single photons are what the classifier is asked to keep, wherever they come from.
PHOTONS = ("copper", "argon")
_BACKGROUND = ("muon", "gamma", "contained", "neutron", "copper", "argon")
_LEAST = 100.0 / 101.0


@dataclass(frozen=True)
class Background:
    """The background rows of all science runs from 1 to 8 keV.

    Attributes
    ----------
    energy_kev
        float: measured energy.
    origin
        Of each row, from the truth.
    clean
        bool: no quality bit excludes it before a discriminator sees it.
    kept
        bool by discriminator: it accepts the row, and it is clean.
    """

    energy_kev: NDArray[np.float32]
    origin: NDArray[np.str_]
    clean: NDArray[np.bool_]
    kept: dict[str, NDArray[np.bool_]]

    @property
    def asked(self) -> NDArray[np.bool_]:
        """The rows that a discriminator judges and should reject: no photons among them."""
        return self.clean & ~np.isin(self.origin, PHOTONS)

    def share(self, chosen: NDArray[np.bool_], kind: str = "classifier") -> Share:
        """Count what a discriminator accepts of some rows."""
        return Share(int(self.kept[kind][chosen].sum()), int(chosen.sum()))


def background(result: CampaignResult, efficiency: float) -> Background:
    """Let all discriminators judge the background of the science runs at an efficiency."""
    parts = [_of_run(result, result.runs[name], efficiency) for name in SCIENCE]
    return Background(
        np.concatenate([part.energy_kev for part in parts]),
        np.concatenate([part.origin for part in parts]),
        np.concatenate([part.clean for part in parts]),
        {kind: np.concatenate([part.kept[kind] for part in parts]) for kind in parts[0].kept},
    )


def _of_run(result: CampaignResult, run: RunResult, efficiency: float) -> Background:
    rows = run.products["observables"]
    energy = np.asarray(rows["energy_kev"])
    inside = (energy >= RANGE_KEV[0]) & (energy < RANGE_KEV[1])
    decided = accepted(result, run, efficiency)
    return Background(
        energy[inside],
        origins(beside(rows, run.truth))[inside],
        is_clean(rows)[inside],
        {kind: kept[inside] for kind, kept in decided.items()},
    )


def rejection(found: Background) -> list[Figure]:
    """Give what the classifier rejects of all rows, of those it judges, and of each origin."""
    everything = np.ones(found.clean.size, bool)
    asked = found.asked
    low = found.energy_kev < _PARTED_KEV
    judged = int(found.clean.sum())
    excluded = Share(found.clean.size - judged, found.clean.size)
    at = "background rejected by the classifier at 80 % efficiency, 1 to 8 keV"
    return [
        _rejected(f"{at}: all rows", found.share(everything), required=True),
        Figure(
            "background that a quality bit excludes before it is judged (mostly border)",
            excluded.value, excluded.error, "", "", True,
        ),
        _rejected(f"{at}: judged rows, photons left out", found.share(asked), required=True),
        _rejected(
            f"the same, {RANGE_KEV[0]:g} to {_PARTED_KEV:g} keV", found.share(asked & low),
            required=False,
        ),
        _rejected(
            f"the same, {_PARTED_KEV:g} to {RANGE_KEV[1]:g} keV", found.share(asked & ~low),
            required=False,
        ),
        _rejected(f"{at}: judged rows", found.share(found.clean), required=False),
        *(_of_origin(found, origin) for origin in _BACKGROUND),
    ]  # fmt: skip


def _rejected(name: str, share: Share, *, required: bool) -> Figure:
    text = f"{name} ({share.passed} of {share.total} left)"
    rejected = 1.0 - share.value
    asked = ">= 100/101" if required else ""
    return Figure(text, rejected, share.error, "", asked, not required or rejected >= _LEAST)


def _of_origin(found: Background, origin: str) -> Figure:
    """Give the share that the classifier leaves of one kind of background."""
    share = found.share(found.clean & (found.origin == origin))
    name = f"{origin} left of the judged rows ({share.passed} of {share.total})"
    return Figure(name, share.value, share.error, "", "", True)


def comparison(found: Background) -> list[Figure]:
    """Give what the others accept beyond the classifier, on the same rows.

    Rows that both accept or both reject tell nothing, so the error of the difference is the root
    of the rows that differ (Q. McNemar, Psychometrika 12 (1947) 153).
    """
    best = found.kept["classifier"]
    figures = []
    for kind in ("likelihood", "cuts"):
        other = found.kept[kind]
        more = int(other.sum()) - int(best.sum())
        error = float(np.sqrt(max(int((other != best).sum()), 1)))
        name = f"background accepted by {kind} ({int(other.sum())}) less the classifier's"
        name += f" ({int(best.sum())} of {best.size})"
        figures.append(Figure(name, more, error, "events", "> 0", more > 0))
    return figures
