"""Tags: names that freeze which version of each calibration holds when."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from helioscope.catalog import tables, validity
from helioscope.catalog.calibration_rows import (
    all_versions,
    by_calibration,
    live_versions,
    tag_names,
)
from helioscope.catalog.part import Part
from helioscope.catalog.rows import CalibrationRow
from helioscope.errors import UsageError
from helioscope.model.names import check_name


class Tags(Part):
    """The calibration tags of a catalogue."""

    def tag_calibrations(
        self, tag: str, chosen: Mapping[tuple[str, str], int] | None = None, comment: str = ""
    ) -> list[CalibrationRow]:
        """Freeze the versions that hold now under a name.

        Parameters
        ----------
        chosen
            Take these versions instead, by (detector, name); each replaces all of its
            calibration that hold now.

        Raises
        ------
        UsageError
            Where the tag is there already, a version is not, or two of them overlap.
        """
        check_name(tag, "tag")
        with self.database.writing() as connection:
            if tag in tag_names(connection):
                raise UsageError(
                    where=f"tag {tag}",
                    found="it is there already, and a tag never changes",
                    remedy="choose another name",
                )
            rows = self._chosen(connection, tag, chosen or {})
            _refuse_overlaps(tag, rows)
            _freeze(connection, tag, rows, comment)
        return rows

    def tags(self) -> dict[str, str]:
        """Give the tags with their comments, in order of their making."""
        with self.database.reading() as connection:
            found = connection.execute(
                sa.select(tables.tags).order_by(tables.tags.c.created_ns, tables.tags.c.name)
            )
            return {row.name: row.comment for row in found}

    def _chosen(
        self, connection: Connection, tag: str, chosen: Mapping[tuple[str, str], int]
    ) -> list[CalibrationRow]:
        held = live_versions(connection, self.root)
        rows = [row for row in held if (row.detector, row.name) not in chosen]
        for (detector, name), version in chosen.items():
            found = all_versions(connection, self.root, detector, name, version)
            if not found:
                there = all_versions(connection, self.root, detector, name)
                raise UsageError(
                    where=f"tag {tag}",
                    found=f"there is no version {version} of calibration {name} of {detector}",
                    expected=", ".join(f"v{row.version}" for row in there) or "none is known",
                    remedy="see 'helioscope catalog calibrations --all'",
                )
            rows += found
        return rows


def _refuse_overlaps(tag: str, rows: Iterable[CalibrationRow]) -> None:
    for (detector, name), group in by_calibration(rows):
        for first, second in validity.overlaps(group):
            raise UsageError(
                where=f"tag {tag}, calibration {name} of {detector}",
                found=f"versions overlap: v{first.version} {first.validity}, "
                f"v{second.version} {second.validity}",
                expected="one version at a time",
                remedy="close one of them with 'helioscope catalog close' first",
            )


def _freeze(connection: Connection, tag: str, rows: Iterable[CalibrationRow], comment: str) -> None:
    connection.execute(
        tables.tags.insert().values(name=tag, created_ns=time.time_ns(), comment=comment)
    )
    columns = tables.calibrations.c
    for row in rows:
        number = sa.select(columns.id).where(
            columns.detector == row.detector,
            columns.name == row.name,
            columns.version == row.version,
        )
        connection.execute(
            tables.tag_calibrations.insert().values(
                tag=tag, calibration_id=number.scalar_subquery()
            )
        )
