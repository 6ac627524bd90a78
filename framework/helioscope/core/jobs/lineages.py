"""The lineages of a run's products: what decides their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helioscope.catalog.lineage import Lineage
from helioscope.catalog.rows import CalibrationRow
from helioscope.core.events.tagging import Tagging
from helioscope.job.plan import PlannedRun
from helioscope.model.products import CANDIDATES, DATA_MODEL_VERSION, EVENTS, LIVE_TIME
from helioscope.plugin import Calibration

#: Calibrations by name, loaded or not: only their digests enter a lineage.
Calibrations = Mapping[str, tuple[Calibration, ...]] | Mapping[str, tuple[CalibrationRow, ...]]


def measurement_lineage(
    planned: PlannedRun, calibrations: Calibrations, inputs: tuple[str, ...]
) -> Lineage:
    """Say what decides the events of a run, and its observables before they are rescaled."""
    entry = planned.detector
    schemas = (entry.detector.observables, EVENTS)
    last = entry.detector.rescaling
    config = plain(entry.config)
    return Lineage(
        kind="measurement" if last else "observables",
        data_model=DATA_MODEL_VERSION,
        schemas={schema.name: schema.version for schema in schemas},
        plugins={f"detector {entry.detector.name}": entry.detector.version},
        settings={
            "detector": _without(config, last.settings if last else ()),
            "source": dict(planned.source),
            "run": {"start_ns": planned.run.start_ns, "stop_ns": planned.run.stop_ns},
        },
        calibrations=_without(_digests(calibrations), last.calibrations if last else ()),
        inputs=inputs,
    )


def observables_lineage(
    planned: PlannedRun, calibrations: Calibrations, measurement: Lineage
) -> Lineage:
    """Say what decides the observables; the measurement itself where nothing rescales them."""
    last = planned.detector.detector.rescaling
    if last is None:
        return measurement
    config = plain(planned.detector.config)
    return Lineage(
        kind="observables",
        data_model=DATA_MODEL_VERSION,
        settings={"detector": {name: config[name] for name in last.settings}},
        calibrations={
            name: of for name, of in _digests(calibrations).items() if name in last.calibrations
        },
        parent=measurement,
    )


def candidates_lineage(
    planned: PlannedRun,
    calibrations: Calibrations,
    tagging: Tagging,
    pointing: Mapping[str, Any],
    parent: Lineage,
) -> Lineage:
    """Say what decides the candidates, given the observables.

    Parameters
    ----------
    pointing
        As `Workspace.pointing`: its digests, settings and tables decide ``sun_offset_deg``,
        which the tags alone do not.
    """
    discriminator = planned.detector.discriminator
    name = f"discriminator {discriminator.name}" if discriminator else ""
    return Lineage(
        kind="candidates",
        data_model=DATA_MODEL_VERSION,
        schemas={CANDIDATES.name: CANDIDATES.version},
        plugins={name: discriminator.version} if discriminator else {},
        settings={
            "discriminator": plain(planned.detector.discriminator_config),
            "names": [planned.run.name, planned.detector.name],
            "tags": tags(tagging),
            "pointing": _pointing(pointing),
        },
        calibrations=_digests(calibrations),
        parent=parent,
    )


def live_time_lineage(planned: PlannedRun, tagging: Tagging, parent: Lineage) -> Lineage:
    """Say what decides the live time, given the events."""
    return Lineage(
        kind="live_time",
        data_model=DATA_MODEL_VERSION,
        schemas={LIVE_TIME.name: LIVE_TIME.version},
        settings={"names": [planned.run.name, planned.detector.name], "tags": tags(tagging)},
        parent=parent,
    )


def _pointing(pointing: Mapping[str, Any]) -> dict[str, Any]:
    """Give what decides the Sun's offset; the tables' age, which grows by itself, does not."""
    if not pointing:
        return {}
    versions = ("earth_orientation_version", "leap_seconds_known_to")
    return {
        "sha256": pointing["sha256"],
        "settings": pointing["settings"],
        "tables": {name: pointing["tables"][name] for name in versions},
    }


def tags(tagging: Tagging) -> dict[str, Any]:
    """Give the tags as plain values."""
    return {
        "edges_ns": tagging.edges_ns.tolist(),
        "labels": [list(tagging.labels[i]) for i in tagging.label_of.tolist()],
    }


def plain(config: Any) -> Any:
    """Give settings as plain JSON values."""
    return config.model_dump(mode="json") if config is not None else None


def _without(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _digests(calibrations: Calibrations) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(calibration.digest for calibration in of) for name, of in calibrations.items()
    }
