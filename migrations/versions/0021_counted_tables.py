"""Counts that partners were shown who see no rows, which new ones are held against."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counted_table",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_table")),
        comment="Counts that partners were shown who see no rows, sealed: what new ones are held against",
    )
    op.create_index(op.f("ix_counted_table_partner_made_at"), "counted_table", ["partner", "made_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_counted_table_partner_made_at"), table_name="counted_table")
    op.drop_table("counted_table")
