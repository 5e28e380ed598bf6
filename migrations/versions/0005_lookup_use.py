"""Look-ups are counted in the database, for all processes together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lookup_use",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("looked_up_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missed_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partner", name=op.f("pk_lookup_use")),
        comment="By when a partner's look-ups, and those that found nothing, are made up for",
    )


def downgrade() -> None:
    op.drop_table("lookup_use")
