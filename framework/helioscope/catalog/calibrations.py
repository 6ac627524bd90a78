"""The calibrations of a catalogue: registered once, chosen by validity, closed by a step."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from sqlalchemy.engine import Connection

from helioscope.catalog import tables, validity
from helioscope.catalog.calibration_rows import (
    all_versions,
    live_versions,
    stored_values,
    tagged_versions,
)
from helioscope.catalog.calibration_sets import CalibrationSet
from helioscope.catalog.part import Part, stored_path
from helioscope.catalog.rows import CalibrationRow, NewCalibration
from helioscope.errors import OutputError, UsageError
from helioscope.files import sync_folder
from helioscope.model.names import check_name


class Calibrations(Part):
    """The calibrations of a catalogue."""

    def register_calibration(self, new: NewCalibration, staged: Path) -> CalibrationRow:
        """Give a calibration its version, move its folder to its place, and enter it.

        Parameters
        ----------
        staged
            A finished folder (table, attachments, record) on the same file system as the
            root; it is renamed to ``calibrations/<detector>/<name>/v<NNNN>`` below it.

        Returns
        -------
        CalibrationRow
            The new version; or the one that is there already, where the newest version with
            this start has the same digest and validity. Then the staged folder is left alone.
        """
        check_name(new.detector, "detector")
        check_name(new.name, "calibration")
        if new.start_ns is not None and new.stop_ns is not None and new.stop_ns <= new.start_ns:
            raise UsageError(
                where=f"calibration {new.name} of {new.detector}",
                found="a validity that ends before it begins",
            )
        folder = staged
        try:
            with self.database.writing() as connection:
                rows = all_versions(connection, self.root, new.detector, new.name)
                for row in validity.live(rows):
                    if _same(row, new):
                        return row
                version, folder = self._free_place(new, rows)
                _move(staged, folder)
                return self._enter(connection, new, version, folder)
        except OutputError:
            self._move_back(folder, staged)
            raise

    def calibration_set(self, tag: str | None = None) -> CalibrationSet:
        """Give the versions that hold now, or those that a tag froze, to choose from.

        Raises
        ------
        UsageError
            Where there is no such tag.
        """
        return CalibrationSet(tuple(self.live_calibrations(tag)), tag)

    def live_calibrations(
        self, tag: str | None = None, detector: str | None = None, name: str | None = None
    ) -> list[CalibrationRow]:
        """List the versions that hold now, or those that a tag froze, in order of their start."""
        with self.database.reading() as connection:
            if tag is not None:
                return tagged_versions(connection, self.root, tag, detector, name)
            return live_versions(connection, self.root, detector, name)

    def calibration_versions(
        self, detector: str | None = None, name: str | None = None
    ) -> list[CalibrationRow]:
        """List every version that there ever was."""
        with self.database.reading() as connection:
            return all_versions(connection, self.root, detector, name)

    def close_calibration(
        self,
        detector: str,
        name: str,
        version: int,
        start_ns: int | None,
        stop_ns: int | None,
        reason: str,
    ) -> CalibrationRow:
        """Give a version another validity, as a new version of the same content.

        The old version stays as it is, for the tags that froze it.

        Raises
        ------
        UsageError
            Where there is no such version, it does not hold any more, or the validity is empty.
        """
        what = f"calibration {name} of {detector}"
        if start_ns is not None and stop_ns is not None and stop_ns <= start_ns:
            raise UsageError(where=what, found="a validity that ends before it begins")
        with self.database.writing() as connection:
            rows = all_versions(connection, self.root, detector, name)
            old = next((row for row in validity.live(rows) if row.version == version), None)
            if old is None:
                there = ", ".join(f"v{row.version}" for row in validity.live(rows)) or "none"
                raise UsageError(
                    where=what, found=f"version {version} does not hold", expected=there
                )
            new = NewCalibration(
                detector, name, start_ns, stop_ns, old.digest, old.made_by,
                old.settings_hash, old.inputs,
            )  # fmt: skip
            number = max(row.version for row in rows) + 1
            return self._enter(connection, new, number, old.path, (version, reason))

    def _enter(
        self,
        connection: Connection,
        new: NewCalibration,
        version: int,
        folder: Path,
        step: tuple[int, str] | None = None,
    ) -> CalibrationRow:
        values = stored_values(new) | {
            "version": version,
            "path": stored_path(folder, self.root),
            "created_ns": time.time_ns(),
            "supersedes": step[0] if step else None,
            "reason": step[1] if step else "",
        }
        connection.execute(tables.calibrations.insert().values(values))
        (row,) = all_versions(connection, self.root, new.detector, new.name, version)
        return row

    def _move_back(self, folder: Path, staged: Path) -> None:
        """Take a folder that could not be entered back from its place.

        Where the database does not say that it has no row it stays: a row without its folder
        would be worse.
        """
        with suppress(OutputError, OSError):
            entered = {row.path for row in self.calibration_versions()}
            if folder != staged and folder not in entered:
                folder.rename(staged)

    def _free_place(self, new: NewCalibration, rows: Iterable[CalibrationRow]) -> tuple[int, Path]:
        """Find the next version whose folder is free: a crash may have left one without a row."""
        home = self.root / "calibrations" / new.detector / new.name
        version = max((row.version for row in rows), default=0) + 1
        while (folder := home / f"v{version:04d}").exists():
            version += 1
        return version, folder


def _same(row: CalibrationRow, new: NewCalibration) -> bool:
    return (row.start_ns, row.stop_ns, row.digest, row.made_by, row.settings_hash, row.inputs) == (
        new.start_ns, new.stop_ns, new.digest, new.made_by, new.settings_hash, new.inputs,
    )  # fmt: skip


def _move(staged: Path, folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise OutputError(
            where=str(folder),
            found=f"{type(error).__name__}: {error.strerror}",
            expected="a folder that can be renamed into place",
        ) from error
