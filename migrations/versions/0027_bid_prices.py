"""Bid prices of a night, and what was decided by them until the next one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_prices",
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("prices", sa.LargeBinary(), nullable=False),
        sa.Column("in_force_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_match_prices")),
        comment="Bid prices of a night, sealed; they decide once what the night found has gone out",
    )
    op.create_index(op.f("ix_match_prices_in_force_at"), "match_prices", ["in_force_at"], unique=False)
    op.create_table(
        "match_waiting",
        sa.Column("need_id", sa.UUID(), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("need_id", name=op.f("pk_match_waiting")),
        comment="Needs that were decided on since a night, and wait",
    )
    op.create_table(
        "match_seen",
        sa.Column("resource_id", sa.UUID(), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("resource_id", name=op.f("pk_match_seen")),
        comment="Of a resource, the fewest units and the version of its criteria by which needs that wait were decided",
    )


def downgrade() -> None:
    op.drop_table("match_seen")
    op.drop_table("match_waiting")
    op.drop_index(op.f("ix_match_prices_in_force_at"), table_name="match_prices")
    op.drop_table("match_prices")
