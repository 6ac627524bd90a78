"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of the first release."""
    _raw_data()
    _calibrations()
    _products()
    _jobs()


def _raw_data() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("detector", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("start_ns", sa.BigInteger),
        sa.Column("stop_ns", sa.BigInteger),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.UniqueConstraint("detector", "name", name="one_run_a_name"),
        sa.CheckConstraint("state IN ('ok', 'suspect', 'bad')", name="run_state"),
    )
    op.create_index("runs_by_start", "runs", ["detector", "start_ns"])
    op.create_table(
        "files",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.Text, nullable=False, unique=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('ok', 'suspect', 'bad')", name="file_state"),
    )
    op.create_index("files_by_digest", "files", ["sha256"])
    op.create_table(
        "run_files",
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("file_id", sa.Integer, sa.ForeignKey("files.id"), nullable=False),
    )
    op.create_index("ix_run_files_file_id", "run_files", ["file_id"])


def _calibrations() -> None:
    op.create_table(
        "calibrations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("detector", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("start_ns", sa.BigInteger),
        sa.Column("stop_ns", sa.BigInteger),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("settings_hash", sa.String(64), nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.Column("supersedes", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.UniqueConstraint("detector", "name", "version", name="one_calibration_a_version"),
    )
    op.create_table(
        "tags",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
    )
    op.create_table(
        "tag_calibrations",
        sa.Column("tag", sa.String(100), sa.ForeignKey("tags.name"), primary_key=True),
        sa.Column("calibration_id", sa.Integer, sa.ForeignKey("calibrations.id"), primary_key=True),
    )


def _products() -> None:
    op.create_table(
        "lineages",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("lineage", sa.String(64), sa.ForeignKey("lineages.digest"), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("run", sa.String(100), nullable=False),
        sa.Column("detector", sa.String(100), nullable=False),
        sa.Column("tag", sa.String(100), nullable=False),
        sa.Column("path", sa.Text, nullable=False, unique=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
    )
    op.create_index("products_by_lineage", "products", ["lineage", "kind"])
    op.create_index("products_by_run", "products", ["detector", "run"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("tag", sa.String(100), nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("started_ns", sa.BigInteger, nullable=False),
        sa.Column("finished_ns", sa.BigInteger),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("job_file", sa.Text, nullable=False),
        sa.Column("data_folder", sa.Text, nullable=False),
    )
    op.create_table(
        "failures",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("job_id", sa.Integer, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("run", sa.String(100), nullable=False),
        sa.Column("detector", sa.String(100), nullable=False),
        sa.Column("fault", sa.Text, nullable=False),
    )
    op.create_index("ix_failures_job_id", "failures", ["job_id"])
