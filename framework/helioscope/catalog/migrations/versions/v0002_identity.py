"""The identity of the archive that a catalogue belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make room for the identity; it comes in when the catalogue is used in its folder."""
    op.create_table("archive", sa.Column("identity", sa.String(32), primary_key=True))
