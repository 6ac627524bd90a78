"""Known raw files that are gone, or no raw files any more."""

from pathlib import Path

import pytest
from tests.unit.catalog.raw_files import Look, add

from helioscope.catalog.archive import add_folder
from helioscope.catalog.imported_runs import Import
from helioscope.catalog.lost_files import gone_files
from helioscope.catalog.store import Catalog
from helioscope.errors import InputError


@pytest.mark.parametrize("content", ["", "noise"])
def test_a_known_file_that_is_no_raw_file_any_more_is_refused_and_then_bad(
    catalog: Catalog, tree: Path, content: str
) -> None:
    add(catalog, Import(tree, "ccd"), Look())
    (tree / "2004/a.root").write_text(content)
    with pytest.raises(InputError, match="as the catalogue knows it"):
        add(catalog, Import(tree, "ccd"), Look())
    done = add_folder(catalog, Import(tree, "tpc", replace=True), Look(), lambda _: None)
    reason = "no raw file any more, known of another detector"
    assert done.left_out == [(tree / "2004/a.root", reason)]
    done = add_folder(catalog, Import(tree, "ccd", replace=True), Look(), lambda _: None)
    assert "2004/a.root" in {str(file.path.relative_to(tree)) for file in done.bad}
    (run,) = (run for run in catalog.runs(detector="ccd") if run.files[0].path.name == "a.root"
              and run.files[0].path.parent.name == "2004")  # fmt: skip
    assert (run.state, run.reason) == ("bad", "a.root: no source recognises it any more")


def test_files_that_are_gone_are_said_and_moved_ones_are_not(catalog: Catalog, tree: Path) -> None:
    add(catalog, Import(tree, "ccd"), Look())
    (tree / "2004/a.root").rename(tree / "2004/z.root")
    (tree / "2004/b.root").unlink()
    (gone,) = add_folder(catalog, Import(tree, "ccd"), Look(), lambda _: None).gone
    assert gone[0] == tree / "2004/b.root"
    assert gone[1].startswith("of run 2004_b-")
    for folder, number in ((tree.parent, 1), (tree / "2005", 0), (tree / "200", 0)):
        assert len(gone_files(catalog, "ccd", folder)) == number
    assert gone_files(catalog, "tpc", tree) == []
