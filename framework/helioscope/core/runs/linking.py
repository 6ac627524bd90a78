"""Products that are the same in every byte, put at a second place without copying them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helioscope.catalog.lineage import Lineage
from helioscope.catalog.products import NewProduct
from helioscope.core.jobs.record import write_record
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.runs.damage import stored_record, take
from helioscope.core.runs.placing import clear_left_over, link, partial_prefix
from helioscope.core.runs.present_products import present
from helioscope.core.runs.product_folder import new_products
from helioscope.core.runs.run_states import enter_state, judged_anew
from helioscope.files import sync_folder
from helioscope.io.atomic import unwritable
from helioscope.io.run_records import KINDS, RECORD
from helioscope.job.plan import PlannedRun


def linked(
    workspace: Workspace, planned: PlannedRun, source: Path
) -> tuple[Mapping[str, Any], list[NewProduct]]:
    """Link the products of a run; the caller enters them in the catalogue.

    Their record is linked too, unless the run book says another number of events now.

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
    DamageError
        Where the record or a product is gone or damaged.
    OtherLineageError
        Where others have put products there meanwhile that were made in another way.
    OutputError
        Where the system refuses.
    """
    folder, record = workspace.folder(planned), stored_record(source)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        clear_left_over(folder)
        staged = Path(tempfile.mkdtemp(prefix=partial_prefix(folder), dir=folder.parent))
        try:
            for kind in KINDS:
                take(source, record["products"][kind], staged)
            if anew := judged_anew(planned, record):
                enter_state(workspace, planned, anew)
                write_record(staged / RECORD, record := anew)
            else:
                link(source / RECORD, staged / RECORD)
            staged.chmod(0o755)
            sync_folder(staged)
            _put(staged, folder, record)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    tag = workspace.analysis_tag or ""
    return record, new_products(planned, folder, record["products"], tag)


def _put(staged: Path, folder: Path, record: Mapping[str, Any]) -> None:
    """Rename the links to their place, unless somebody else has put the same there meanwhile."""
    try:
        staged.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        lineages = record["lineage"].items()
        present(folder, {kind: Lineage.from_dict(of) for kind, of in lineages})
    sync_folder(folder.parent)
