"""Runs of one name and other files: refused where the one was judged, else said."""

from dataclasses import replace

import pytest

from helioscope.catalog.rows import FileRow, RunRow
from helioscope.catalog.store import Catalog
from helioscope.errors import UsageError


def known_run(catalog: Catalog) -> RunRow:
    path = catalog.root / "raw.fits"
    path.write_bytes(b"raw")
    run = RunRow("fe55-1", "ccd", "fe55", 0, 10, catalog.examined([path]))
    catalog.register_run(run)
    return run


def other_run(catalog: Catalog, run: RunRow, *more: FileRow) -> RunRow:
    path = catalog.root / "other.fits"
    path.write_bytes(b"other")
    return replace(run, files=(*catalog.examined([path]), *more))


def test_a_run_that_was_judged_is_not_taken_over_by_other_files(catalog: Catalog) -> None:
    run = known_run(catalog)
    catalog.mark_run("ccd", "fe55-1", "bad", "shutter stuck")
    known = catalog.run("ccd", "fe55-1")
    other = other_run(catalog, run)
    with pytest.raises(UsageError, match=r"bad \(shutter stuck\), with other files") as refused:
        catalog.register_run(other)
    assert "catalog mark ccd fe55-1 ok" in refused.value.remedy
    assert catalog.run("ccd", "fe55-1") == known
    catalog.register_run(other_run(catalog, run, *run.files))  # it has grown
    assert catalog.run("ccd", "fe55-1").reason == "shutter stuck"


def test_a_run_that_stands_for_other_files_is_said(
    catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    run = known_run(catalog)
    moved = catalog.root / "moved.fits"
    run.files[0].path.rename(moved)
    catalog.register_run(replace(run, files=catalog.examined([moved])))
    assert caplog.messages == []
    catalog.register_run(other_run(catalog, run))
    assert [str(moved) in text for text in caplog.messages] == [True]
