"""What a tag keeps of how it is made, so that it never holds products of two ways."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from helioscope.catalog.lineage import Lineage, differences
from helioscope.catalog.store import Catalog
from helioscope.core.jobs.lineages import (
    candidates_lineage,
    measurement_lineage,
    observables_lineage,
)
from helioscope.core.jobs.workspace import Workspace
from helioscope.errors import InputError, UsageError
from helioscope.io.atomic import made_new
from helioscope.job.plan import Plan, PlannedRun

#: The folder of the claims, in that of a tag. No run is called so: names begin with a letter.
CLAIMS = "_settings"

#: Settings that are the same for every run.
_OF_EVERY_RUN = ("detector", "discriminator")


@dataclass(frozen=True)
class Claim:
    """How the jobs of one name make the products of a detector.

    Attributes
    ----------
    way
        The lineage of candidates without what differs from run to run: versions and settings.
    """

    job: str
    detector: str
    way: Lineage

    @classmethod
    def of(cls, workspace: Workspace, planned: PlannedRun) -> Claim:
        """Say how a run of a job is made, and any other of its detector."""
        measurement = measurement_lineage(planned, {}, ())
        observables = observables_lineage(planned, {}, measurement)
        candidates = candidates_lineage(planned, {}, workspace.tagging, {}, observables)
        return cls(workspace.plan.name, planned.detector.name, _way(candidates))


@dataclass
class TagClaims:
    """The claims of a tag: those that it keeps, and those of the work that is planned.

    The first work under a tag claims it for its settings and plugins; all later work must have
    the same. Jobs of other names may have others.

    Attributes
    ----------
    folder
        That of the tag.
    """

    catalog: Catalog
    folder: Path
    tag: str
    _planned: dict[tuple[str, str], Claim] = field(default_factory=dict)

    def plan(self, workspace: Workspace, runs: Iterable[PlannedRun]) -> None:
        """Plan work on runs of a job; nothing is written.

        Raises
        ------
        UsageError
            Where the tag is made in another way; it says in words what differs.
        InputError
            Where what it keeps is damaged.
        """
        for run in {run.detector.name: run for run in runs}.values():
            claim = Claim.of(workspace, run)
            other = self._planned.setdefault((claim.job, claim.detector), claim)
            self._require_same(claim, other.way, "give one job for all with --job")
            kept = self._kept(claim) or self._of_products(claim, workspace.plan)
            self._require_same(claim, kept or claim.way)

    def enter(self) -> None:
        """Keep the claims of the work that was planned, because it begins.

        Raises
        ------
        UsageError
            Where other work under the tag has begun meanwhile, in another way.
        OutputError
            Where the system refuses.
        """
        for claim in self._planned.values():
            values = {"job": claim.job, "detector": claim.detector, "way": claim.way.as_dict()}
            content = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
            path = self._path(claim)
            if path.exists() or not made_new(path, content.encode()):
                self._require_same(claim, self._kept(claim) or claim.way)

    def _require_same(self, claim: Claim, way: Lineage, remedy: str = "") -> None:
        if claim.way.digest == way.digest:
            return
        raise UsageError(
            where=f"tag {self.tag}, {claim.detector} of the job '{claim.job}'",
            found="it is made in another way:\n    " + "\n    ".join(differences(way, claim.way)),
            expected="the same settings and plugins for all that is made under a tag",
            remedy=f"{remedy or 'give the same --set as before'}, or choose another --tag",
        )

    def _path(self, claim: Claim) -> Path:
        name = hashlib.sha256(claim.job.encode()).hexdigest()[:12]
        return self.folder / CLAIMS / f"{claim.detector}-{name}.json"

    def _kept(self, claim: Claim) -> Lineage | None:
        return read_claim(self._path(claim))

    def _of_products(self, claim: Claim, plan: Plan) -> Lineage | None:
        """Take from a product how a tag is made that has no claim: older versions kept none."""
        if any((self.folder / CLAIMS).glob(f"{claim.detector}-*.json")):
            return None
        rows = self.catalog.products(detector=claim.detector, kind="candidates", tag=self.tag)
        for row in rows:
            if row.path.is_file() and plan.find(row.detector, row.run):
                return _way(self.catalog.lineage(row.lineage))
        return None


def read_claim(path: Path) -> Lineage | None:
    """Read how a tag is made, as a claim tells it; None where it is not there.

    Raises
    ------
    InputError
        Where it is damaged.
    """
    try:
        return Lineage.from_dict(json.loads(path.read_bytes())["way"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, InputError) as error:
        raise InputError(
            where=str(path),
            found=f"{type(error).__name__}: {error}",
            expected="how the tag is made, as its first work wrote it",
            remedy="restore it from a copy; or remove it, and the next call writes it anew",
        ) from error


def _way(lineage: Lineage) -> Lineage:
    settings = lineage.settings
    return replace(
        lineage,
        settings={name: settings[name] for name in _OF_EVERY_RUN if name in settings},
        calibrations={},
        inputs=(),
        parent=_way(lineage.parent) if lineage.parent else None,
    )
