"""Which plugins there are: loaded one by one, every failure kept with its reason."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, TypeVar

import pluggy

from helioscope import hookspecs
from helioscope.errors import PluginError, UsageError, nearest
from helioscope.plugin import (
    Calibrator,
    Campaign,
    Detector,
    Discriminator,
    Display,
    Simulator,
    Source,
)

GROUP = "helioscope.plugins"
HOOKS: dict[str, type[Any]] = {
    "helioscope_detectors": Detector,
    "helioscope_discriminators": Discriminator,
    "helioscope_calibrators": Calibrator,
    "helioscope_simulators": Simulator,
    "helioscope_sources": Source,
    "helioscope_campaigns": Campaign,
    "helioscope_displays": Display,
}

Brought = Detector | Discriminator | Calibrator | Simulator | Source | Campaign | Display
T = TypeVar("T", Detector, Discriminator, Calibrator, Simulator, Source, Campaign, Display)


@dataclass(frozen=True)
class Failure:
    """A plugin that did not load, and why."""

    entry_point: str
    distribution: str
    reason: str


@dataclass(frozen=True)
class Loaded:
    """A plugin that did load, with what it brings."""

    entry_point: str
    distribution: str
    distribution_version: str
    brought: tuple[Brought, ...]


@dataclass
class Registry:
    """All plugins of one process; build it with `load`."""

    loaded: list[Loaded] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def of(self, kind: type[T]) -> dict[str, T]:
        """Give everything of one kind by name."""
        return {
            item.name: item
            for plugin in self.loaded
            for item in plugin.brought
            if isinstance(item, kind)
        }

    def find(self, kind: type[T], name: str) -> T:
        """Give the one of this kind and name.

        Raises
        ------
        UsageError
            Where there is none; it says the nearest name, and the reason where the plugin
            that should bring it did not load.
        """
        known = self.of(kind)
        if name in known:
            return known[name]
        kind_name = kind.__name__.lower()
        broken = [f"{failure.entry_point}: {failure.reason}" for failure in self.failures]
        raise UsageError(
            where=f"{kind_name} '{name}'",
            found="no installed plugin brings it"
            + (f"; did not load: {'; '.join(broken)}" if broken else ""),
            expected=nearest(name, list(known)),
            remedy="see 'helioscope plugins'",
        )

    def for_detector(self, kind: type[T], detector: str) -> dict[str, T]:
        """Give everything of one kind that belongs to a detector, by name."""
        return {
            name: item
            for name, item in self.of(kind).items()
            if not isinstance(item, Detector | Source) and item.detector == detector
        }


def load(points: Iterable[EntryPoint] | None = None) -> Registry:
    """Load every plugin by its entry point; one that fails is listed and stops no other."""
    registry = Registry()
    taken: dict[tuple[str, str], str] = {}
    chosen = entry_points(group=GROUP) if points is None else points
    for point in sorted(chosen, key=lambda point: (point.name, point.value)):
        distribution = point.dist.name if point.dist else "?"
        version = point.dist.version if point.dist else "?"
        try:
            brought = tuple(_brought(point.load()))
            _refuse_taken_names(brought, taken)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's import raises
            reason = str(error) if isinstance(error, PluginError) else _reason(error)
            registry.failures.append(Failure(point.name, distribution, reason))
            continue
        taken.update({_key(item): point.name for item in brought})
        registry.loaded.append(Loaded(point.name, distribution, version, brought))
    _leave_out_the_homeless(registry)
    return registry


def _leave_out_the_homeless(registry: Registry) -> None:
    """List plugins as failed that name what no plugin brings, until none is left.

    Left to load, a calibrator of a misspelt detector would go without a word, and its detector
    be run without the calibration.
    """
    reasons = {plugin.entry_point: _homeless(registry, plugin) for plugin in registry.loaded}
    for plugin in [plugin for plugin in registry.loaded if reasons[plugin.entry_point]]:
        reason = reasons[plugin.entry_point]
        registry.failures.append(Failure(plugin.entry_point, plugin.distribution, reason))
        registry.loaded.remove(plugin)
    if any(reasons.values()):
        _leave_out_the_homeless(registry)


def _homeless(registry: Registry, plugin: Loaded) -> str:
    """Say what a plugin names that no plugin brings; nothing where all is there."""
    detectors = registry.of(Detector)
    for item in plugin.brought:
        kind, name = _key(item)
        if not isinstance(item, Detector | Source) and item.detector not in detectors:
            suggested = nearest(str(item.detector), list(detectors))
            return f"{kind} '{name}': no plugin brings its detector {item.detector!r}; {suggested}"
        if isinstance(item, Detector) and item.rescaling:
            made = list(registry.for_detector(Calibrator, name))
            for needed in item.rescaling.calibrations:
                if made and needed not in made:
                    return (
                        f"{kind} '{name}': its rescaling names a calibration '{needed}' that no "
                        f"calibrator makes; {nearest(needed, made)}"
                    )
    return ""


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _key(item: Brought) -> tuple[str, str]:
    return type(item).__name__.lower(), item.name


def _refuse_taken_names(brought: tuple[Brought, ...], taken: dict[tuple[str, str], str]) -> None:
    keys = [_key(item) for item in brought]
    for kind, name in keys:
        owner = taken.get((kind, name)) or ("itself" if keys.count((kind, name)) > 1 else None)
        if owner:
            raise PluginError(
                where=f"{kind} '{name}'",
                found=f"the name is already taken, by plugin '{owner}'",
                expected="a name of its own",
            )


def _brought(module: ModuleType) -> Iterator[Brought]:
    """Call the hooks of one plugin module and check what they give."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    _refuse_unknown_hooks(module)
    manager.register(module)
    manager.check_pending()
    for hook, kind in HOOKS.items():
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            given = implementation.function()  # pluggy's own call would leave out a None
            if not isinstance(given, Iterable):
                raise _not_listed(given, f"a list of {kind.__name__}", hook)
            for item in given:
                yield _of_kind(item, kind, hook)


def _of_kind(item: object, kind: type[T], hook: str) -> T:
    if isinstance(item, kind):
        return item
    raise _not_listed(item, kind.__name__, hook)


def _not_listed(given: object, expected: str, hook: str) -> PluginError:
    return PluginError(where=f"hook {hook}", found=type(given).__name__, expected=expected)


def _refuse_unknown_hooks(module: ModuleType) -> None:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("helioscope_") and name not in HOOKS:
            raise PluginError(
                where=f"module {module.__name__}",
                found=f"no hook is called '{name}'",
                expected=nearest(name, list(HOOKS)),
            )
        if name in HOOKS and not hasattr(function, f"{hookspecs.PROJECT}_impl"):
            raise PluginError(
                where=f"module {module.__name__}",
                found=f"hook '{name}' without its mark",
                expected="@hookimpl before it",
            )
