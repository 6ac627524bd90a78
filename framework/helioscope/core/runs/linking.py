"""Products that are the same in every byte, put at a second place without copying them."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helioscope.catalog.lineage import Lineage
from helioscope.catalog.products import NewProduct
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.runs.placing import partial_prefix, unwritable
from helioscope.core.runs.product_folder import new_products
from helioscope.files import sync_folder
from helioscope.io.run_folders import read_record
from helioscope.job.plan import PlannedRun


def linked(
    workspace: Workspace, planned: PlannedRun, source: Path
) -> tuple[Mapping[str, Any], list[NewProduct]]:
    """Link the products of a run; the caller enters them in the catalogue.

    Parameters
    ----------
    source
        The folder in which they lie.

    Returns
    -------
    Mapping, list of NewProduct
        Their record, and what is to be entered.

    Raises
    ------
    InputError
        Where the record is gone or damaged.
    OutputError
        Where the system refuses.
    """
    folder, record = workspace.folder(planned), read_record(source)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=partial_prefix(folder), dir=folder.parent))
        try:
            for path in sorted(source.iterdir()):
                _link(path, staged / path.name)
            staged.chmod(0o755)
            sync_folder(staged)
            staged.rename(folder)
            sync_folder(folder.parent)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
    except OSError as error:
        raise unwritable(folder, error) from error
    lineages = {
        kind: Lineage.from_json(json.dumps(values)) for kind, values in record["lineage"].items()
    }
    tag = workspace.analysis_tag or ""
    return record, new_products(planned, folder, record["products"], lineages, tag)


def _link(path: Path, place: Path) -> None:
    try:
        os.link(path, place)
    except OSError:  # another file system, or one without links
        shutil.copy2(path, place)
