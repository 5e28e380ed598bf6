"""Up to which event old ones were removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_floor",
        sa.Column("single", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("single", name=op.f("ck_event_floor_one_row")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_event_floor")),
        comment="Number of the last event that was removed because of its age",
    )
    op.execute("INSERT INTO event_floor (single, seq) VALUES (true, 0)")


def downgrade() -> None:
    op.drop_table("event_floor")
