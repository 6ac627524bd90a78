"""One simulated run by itself: written aside, then put in its place whole."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from helioscope.core.events import border
from helioscope.errors import InputError, OutputError, PluginError, UsageError
from helioscope.io.atomic import unwritable
from helioscope.io.parquet import read_plain
from helioscope.plugin import Run, Simulated, SimulatedRun, Simulator


def single_run(
    simulator: Simulator,
    detector_config: Any,
    config: Any,
    run: Run,
    folder: Path,
    number: int,
    replaced: bool = False,
    tracking: tuple[tuple[int, int], ...] = (),
) -> Simulated:
    """Simulate one run by itself; its files appear in the folder when all of them are whole.

    Parameters
    ----------
    number
        Seed of the draw.
    replaced
        True to write over the files of an earlier run of the same name.
    tracking
        As in `SimulatedRun`.

    Raises
    ------
    UsageError
        Where a file of that name is there already.
    OutputError
        Where the system refuses.
    PluginError
        Where the simulator raises, or does not give files and a truth as it should.
    """
    if not replaced:
        _refuse_run(folder, run.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = tempfile.TemporaryDirectory(dir=folder, prefix=f".{run.name}.", suffix=".part")
    except OSError as error:
        raise unwritable(folder, error) from error
    with aside as name:
        asked = SimulatedRun(run, detector_config, config, Path(name), number, tracking)
        made = border.simulated(simulator, asked)
        _require_truth(simulator, made)
        places = {path: folder / path.name for path in sorted(Path(name).iterdir())}
        _put(places, replaced)
    return made._replace(
        files=tuple(folder / path.name for path in made.files),
        truth=folder / made.truth.name,
    )


def _refuse_run(folder: Path, name: str) -> None:
    """Refuse before any work is done what bears the run's name."""
    there = sorted(folder.glob("*")) if folder.is_dir() else []
    for path in there:
        if path.stem in (name, f"{name}_truth"):
            raise _there_already(path)


def _require_truth(simulator: Simulator, made: Simulated) -> None:
    try:
        read_plain(made.truth, simulator.truth)
    except InputError as fault:
        raise PluginError(
            where=f"{border.owner_of(simulator)}, truth {made.truth.name}",
            found=fault.found,
            expected=fault.expected,
            remedy="report it to the plugin's authors",
        ) from fault


def _put(places: dict[Path, Path], replaced: bool) -> None:
    for place in places.values():
        if place.is_dir() or place.is_symlink():
            raise OutputError(
                where=str(place), found="no plain file", expected="a free path or a plain file"
            )
        if place.exists() and not replaced:
            raise _there_already(place)
    for path, place in places.items():
        try:
            path.replace(place)
        except OSError as error:
            raise unwritable(place, error) from error


def _there_already(path: Path) -> UsageError:
    return UsageError(
        where=str(path),
        found="a file that is there already",
        expected="a run of another name, or an empty folder",
        remedy="give another --name or --out, or --replace to write over it",
    )
