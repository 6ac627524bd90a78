"""The report of a training: figures of merit, pictures, and drift to the data at hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.core.calibrations.calibrating import CalibrationOutcome
from helioscope.core.calibrations.stored_calibrations import ATTACHMENTS
from helioscope.core.jobs.workspace import Workspace
from helioscope.discriminators.separation import CARD
from helioscope.io.files import write_text
from helioscope.io.parquet import iterate_product
from helioscope.report.pages import rendered

Floats = NDArray[np.float64]

#: Rows of the data at hand that are compared with the training data, at the most.
MAX_ROWS = 500_000
CAPTIONS = {
    "roc": "Background accepted against X-ray efficiency, on held-out blocks.",
    "efficiency": "X-ray efficiency against energy, on held-out blocks.",
    "scores": "Scores by the model that has seen the rows, and by those that have not.",
    "importance": "Background that passes with one feature permuted.",
    "drift": "The last block of the training data against the blocks before it.",
    "drift_at_hand": "The job's science runs against the background of the training.",
}


@dataclass(frozen=True)
class TrainedModel:
    """A trained model as its report shows it.

    Attributes
    ----------
    drift
        One row a feature: the job's science runs against the training's background; empty
        where they have not been reconstructed yet.
    """

    outcome: CalibrationOutcome
    card: Mapping[str, Any]
    pictures: Mapping[str, Path]
    drift: Sequence[Mapping[str, Any]]

    def plain(self) -> dict[str, Any]:
        """Give what ``--json`` prints."""
        row = self.outcome.row
        return {
            "detector": row.detector,
            "calibration": row.name,
            "version": row.version,
            "made": self.outcome.made,
            "features": [feature["name"] for feature in self.card["features"]],
            "training": self.card["training"],
            "metrics": self.card["metrics"],
            "drift": list(self.drift),
        }


def trained_model(
    workspace: Workspace, outcome: CalibrationOutcome, folder: Path
) -> TrainedModel | None:
    """Gather a model's report; None for a calibration that is no trained model.

    Pictures are copied into ``folder``.
    """
    card_file = outcome.row.path / ATTACHMENTS / CARD
    if not card_file.is_file():
        return None
    card = json.loads(card_file.read_bytes())
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for figure in outcome.figures:
        pictures[figure.stem] = folder / figure.name
        shutil.copyfile(figure, folder / figure.name)
    drifts, picture = _drift_at_hand(workspace, outcome.row.detector, card)
    if picture:
        pictures["drift_at_hand"] = folder / "drift_at_hand.svg"
        pictures["drift_at_hand"].write_bytes(picture)
    ordered = {name: pictures[name] for name in CAPTIONS if name in pictures}
    return TrainedModel(outcome, card, ordered, drifts)


def write_report(folder: Path, models: Sequence[TrainedModel]) -> tuple[Path, Path]:
    """Write ``report.html`` and ``report.md`` about models whose pictures lie below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    page, text = folder / "report.html", folder / "report.md"
    shown = [_shown(folder, model) for model in models]
    write_text(page, rendered("training.html", models=shown))
    write_text(text, _markdown(shown))
    return page, text


def _shown(folder: Path, model: TrainedModel) -> dict[str, Any]:
    pictures = [
        {"file": path.relative_to(folder).as_posix(), "caption": CAPTIONS[name]}
        for name, path in model.pictures.items()
    ]
    about = model.plain()
    return {
        **about,
        "card": model.card,
        "pictures": pictures,
        "validity": model.outcome.row.validity,
    }


def _markdown(models: Sequence[Mapping[str, Any]]) -> str:
    lines = ["# Training report", ""]
    for model in models:
        lines += [
            f"## {_cell(model['calibration'])}, version {model['version']}",
            "",
            _sentence(model["metrics"]),
            "",
            "| energy (keV) | X-ray efficiency | 68 % interval | rows |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {item['low_kev']:g} to {item['high_kev']:g} | {item['value']:.3f} "
            f"| {item['low']:.3f} to {item['high']:.3f} | {item['total']} |"
            for item in model["metrics"]["efficiency_by_energy"]
        ]
        lines += ["", *(f"![{item['caption']}]({item['file']})" for item in model["pictures"]), ""]
    return "\n".join(lines)


def _sentence(metrics: Mapping[str, Any]) -> str:
    accepted = metrics["background_accepted"]
    return (
        f"At {metrics['efficiency']:.0%} X-ray efficiency {accepted['passed']} of "
        f"{accepted['total']} held-out background rows pass: {accepted['value']:.3g} "
        f"({accepted['low']:.3g} to {accepted['high']:.3g} at 68 %)."
    )


def _cell(text: str) -> str:
    """Take from foreign text what would be markup in a table or a heading."""
    return "".join(c if c.isalnum() or c in " -_.,:()" else " " for c in text)


def _drift_at_hand(
    workspace: Workspace, detector: str, card: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], bytes | None]:
    from helioscope.classification.drift import Distributions
    from helioscope.classification.features import Decorrelation
    from helioscope.classification.figures import drift_figure

    rows = _rows_at_hand(workspace, detector, card)
    if not len(rows):
        return [], None
    known = Distributions.from_dict(card["distributions"]["background"])
    names = tuple(feature["name"] for feature in card["features"])
    decorrelation = Decorrelation.from_dict(card["parameters"]["decorrelation"])
    drifts = known.drift(names, decorrelation, rows[:, :-1], rows[:, -1])
    return [item._asdict() for item in drifts], drift_figure({"Science runs": drifts})


def _rows_at_hand(workspace: Workspace, detector: str, card: Mapping[str, Any]) -> Floats:
    """Read features and energy of the job's science runs, as far as they are reconstructed."""
    columns = [feature["name"] for feature in card["features"]] + [card["energy"]]
    low, high = card["recipe"]["energy_range_kev"]
    parts, held = [np.zeros((0, len(columns)))], 0
    for batch in _batches(workspace, detector):
        values = np.column_stack([np.asarray(batch[name], np.float64) for name in columns])
        kept = (values[:, -1] >= low) & (values[:, -1] <= high)
        parts.append(values[kept & (np.asarray(batch["quality"]) == 0)])
        held += len(parts[-1])
        if held >= MAX_ROWS:
            break
    return np.concatenate(parts)


def _batches(workspace: Workspace, detector: str) -> Iterator[Any]:
    for run in workspace.plan.science:
        product = workspace.folder(run) / "observables.parquet"
        if run.detector.name == detector and product.is_file():
            yield from iterate_product(product, 65536)
