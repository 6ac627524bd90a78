"""The tables of the catalogue, the same on every database."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

#: At most one row: the identity that the folder of the products holds as well.
archive = Table("archive", metadata, Column("identity", String(32), primary_key=True))

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("detector", String(100), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("start_ns", BigInteger),
    Column("stop_ns", BigInteger),
    Column("state", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("options", Text, nullable=False),
    UniqueConstraint("detector", "name", name="one_run_a_name"),
    CheckConstraint("state IN ('ok', 'suspect', 'bad')", name="run_state"),
    Index("runs_by_start", "detector", "start_ns"),
)

files = Table(
    "files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("path", Text, nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("state IN ('ok', 'suspect', 'bad')", name="file_state"),
    Index("files_by_digest", "sha256"),
)

run_files = Table(
    "run_files",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("file_id", ForeignKey("files.id"), nullable=False, index=True),
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("detector", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("start_ns", BigInteger),
    Column("stop_ns", BigInteger),
    Column("digest", String(64), nullable=False),
    Column("path", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("settings_hash", String(64), nullable=False),
    Column("inputs", Text, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("supersedes", Integer),
    Column("reason", Text, nullable=False),
    UniqueConstraint("detector", "name", "version", name="one_calibration_a_version"),
)

tags = Table(
    "tags",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("created_ns", BigInteger, nullable=False),
    Column("comment", Text, nullable=False),
)

tag_calibrations = Table(
    "tag_calibrations",
    metadata,
    Column("tag", ForeignKey("tags.name"), primary_key=True),
    Column("calibration_id", ForeignKey("calibrations.id"), primary_key=True),
)

lineages = Table(
    "lineages",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", Text, nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("lineage", ForeignKey("lineages.digest"), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("run", String(100), nullable=False),
    Column("detector", String(100), nullable=False),
    Column("tag", String(100), nullable=False),
    Column("path", Text, nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Index("products_by_lineage", "lineage", "kind"),
    Index("products_by_run", "detector", "run"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("command", Text, nullable=False),
    Column("tag", String(100), nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("started_ns", BigInteger, nullable=False),
    Column("finished_ns", BigInteger),
    Column("state", String(20), nullable=False),
    Column("job_file", Text, nullable=False),
    Column("data_folder", Text, nullable=False),
)

failures = Table(
    "failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False, index=True),
    Column("run", String(100), nullable=False),
    Column("detector", String(100), nullable=False),
    Column("fault", Text, nullable=False),
)
