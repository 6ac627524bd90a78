from pathlib import Path

import pytest

from helioscope.catalog.rows import CalibrationRow, NewCalibration
from helioscope.catalog.store import Catalog
from helioscope.errors import UsageError
from helioscope.model.time import parse_iso

MAY = parse_iso("2004-05-01T00:00:00Z")
JUNE = parse_iso("2004-06-01T00:00:00Z")
JULY = parse_iso("2004-07-01T00:00:00Z")
AUGUST = parse_iso("2004-08-01T00:00:00Z")


def register(
    catalog: Catalog, start_ns: int | None, stop_ns: int | None, content: str = "a"
) -> CalibrationRow:
    staged = catalog.root / "staged"
    staged.mkdir(exist_ok=True)
    (staged / "table.parquet").write_text(content)
    new = NewCalibration("ccd", "gain", start_ns, stop_ns, content * 64, "ccd-gain 1")
    return catalog.register_calibration(new, staged)


def versions(catalog: Catalog, start: int, stop: int, **choice: object) -> list[int]:
    tag = choice.pop("tag", None)
    held = catalog.calibration_set(tag)  # type: ignore[arg-type]
    found = held.valid_for("ccd", "gain", start, stop, **choice)  # type: ignore[arg-type]
    return [row.version for row in found]


def test_a_registered_folder_stands_in_its_place_with_its_content(catalog: Catalog) -> None:
    row = register(catalog, MAY, JUNE)
    assert row.path == catalog.root / "calibrations/ccd/gain/v0001"
    assert (row.path / "table.parquet").read_text() == "a"
    assert not (catalog.root / "staged").exists()


def test_the_same_calibration_again_is_the_same_version(catalog: Catalog) -> None:
    first, again = register(catalog, MAY, JUNE), register(catalog, MAY, JUNE)
    assert again == first
    assert len(catalog.calibration_versions()) == 1


def test_a_new_version_with_the_same_start_supersedes_and_leaves_the_old_file(
    catalog: Catalog,
) -> None:
    old, new = register(catalog, MAY, None, "a"), register(catalog, MAY, None, "b")
    assert versions(catalog, MAY, JUNE) == [2]
    assert (old.path / "table.parquet").read_text() == "a"
    assert (new.path / "table.parquet").read_text() == "b"


def test_a_folder_without_a_row_is_never_written_over(catalog: Catalog) -> None:
    stray = catalog.root / "calibrations/ccd/gain/v0001"
    stray.mkdir(parents=True)
    (stray / "table.parquet").write_text("left by a crash")
    row = register(catalog, MAY, None)
    assert row.version == 2
    assert (stray / "table.parquet").read_text() == "left by a crash"


def test_validity_is_half_open(catalog: Catalog) -> None:
    register(catalog, MAY, JUNE, "a")
    register(catalog, JUNE, JULY, "b")
    assert versions(catalog, MAY, JUNE) == [1]
    assert versions(catalog, JUNE, JULY) == [2]
    assert versions(catalog, JUNE, JUNE) == [2]


def test_a_gap_names_the_stretch_that_is_not_covered(catalog: Catalog) -> None:
    register(catalog, MAY, JUNE, "a")
    register(catalog, JULY, AUGUST, "b")
    with pytest.raises(UsageError) as fault:
        versions(catalog, MAY, AUGUST)
    assert "[2004-06-01T00:00:00Z, 2004-07-01T00:00:00Z)" in fault.value.found
    assert "v1" in fault.value.expected
    assert "v2" in fault.value.expected


def test_an_overlap_names_the_versions_and_the_stretch(catalog: Catalog) -> None:
    register(catalog, MAY, None, "a")
    register(catalog, JUNE, None, "b")
    assert versions(catalog, MAY, JUNE) == [1]
    with pytest.raises(UsageError) as fault:
        versions(catalog, JUNE, JULY)
    assert "[2004-06-01T00:00:00Z, open)" in fault.value.found
    assert "v1 [2004-05-01T00:00:00Z, open)" in fault.value.found


def test_closing_an_overlap_is_a_step_that_leaves_the_old_version(catalog: Catalog) -> None:
    first = register(catalog, MAY, None, "a")
    register(catalog, JUNE, None, "b")
    closed = catalog.close_calibration("ccd", "gain", 1, MAY, JUNE, "a new one from June")
    assert (closed.supersedes, closed.path, closed.digest) == (1, first.path, first.digest)
    assert versions(catalog, JUNE, JULY) == [2]
    assert versions(catalog, MAY, JUNE) == [closed.version]
    assert catalog.calibration_versions()[0] == first


def test_closing_a_gap_extends_a_validity(catalog: Catalog) -> None:
    register(catalog, MAY, JUNE, "a")
    register(catalog, JULY, AUGUST, "b")
    catalog.close_calibration("ccd", "gain", 1, MAY, JULY, "no dark frames in June")
    assert versions(catalog, JUNE, JULY) == [3]


def test_a_version_that_does_not_hold_cannot_be_closed(catalog: Catalog) -> None:
    register(catalog, MAY, None, "a")
    register(catalog, MAY, None, "b")
    with pytest.raises(UsageError, match="version 1 does not hold"):
        catalog.close_calibration("ccd", "gain", 1, MAY, JUNE, "")


def test_a_run_across_a_change_is_refused_unless_interpolated(catalog: Catalog) -> None:
    register(catalog, MAY, JUNE, "a")
    register(catalog, JUNE, JULY, "b")
    register(catalog, JULY, AUGUST, "c")
    with pytest.raises(UsageError, match="changes within the run"):
        versions(catalog, JUNE - 1, JUNE + 1)
    assert versions(catalog, JUNE - 1, JUNE + 1, interpolated=True) == [1, 2, 3]
    assert versions(catalog, MAY, JUNE, interpolated=True) == [1, 2]


def test_a_run_without_a_span_needs_a_calibration_that_always_holds(catalog: Catalog) -> None:
    register(catalog, MAY, None)
    with pytest.raises(UsageError, match=r"\[ever, 2004-05-01T00:00:00Z\)"):
        catalog.calibration_set().valid_for("ccd", "gain", None, None)
    register(catalog, None, None, "b")
    catalog.close_calibration("ccd", "gain", 2, None, MAY, "")
    with pytest.raises(UsageError, match="changes within the run"):
        catalog.calibration_set().valid_for("ccd", "gain", None, None)


def test_a_tag_gives_the_same_whatever_comes_later(catalog: Catalog) -> None:
    register(catalog, MAY, None, "a")
    catalog.tag_calibrations("v1")
    register(catalog, MAY, None, "b")
    catalog.close_calibration("ccd", "gain", 2, MAY, JUNE, "")
    register(catalog, JUNE, None, "c")
    catalog.tag_calibrations("v2")
    assert versions(catalog, JUNE, JULY, tag="v1") == [1]
    assert versions(catalog, JUNE, JULY, tag="v2") == [4]
    assert versions(catalog, MAY, JUNE, tag="v2") == [3]


def test_a_tag_never_changes_and_a_wrong_one_brings_the_nearest(catalog: Catalog) -> None:
    register(catalog, MAY, None)
    catalog.tag_calibrations("summer-2004")
    with pytest.raises(UsageError, match="a tag never changes"):
        catalog.tag_calibrations("summer-2004")
    with pytest.raises(UsageError, match="summer-2004"):
        versions(catalog, MAY, JUNE, tag="sumer-2004")


def test_a_tag_refuses_an_overlap_and_leaves_nothing_behind(catalog: Catalog) -> None:
    register(catalog, MAY, None, "a")
    register(catalog, JUNE, None, "b")
    with pytest.raises(UsageError, match="versions overlap"):
        catalog.tag_calibrations("v1")
    assert catalog.tags() == {}
    chosen = catalog.tag_calibrations("v1", {("ccd", "gain"): 1})
    assert [row.version for row in chosen] == [1]


def test_a_name_that_leaves_its_folder_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    staged = tmp_path / "other"
    staged.mkdir()
    with pytest.raises(UsageError, match="calibration"):
        catalog.register_calibration(
            NewCalibration("ccd", "../gain", MAY, None, "a" * 64, "x"), staged
        )
    assert staged.is_dir()
