"""Agreements grant: their epoch, and the way to those of one partner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grant_epoch",
        sa.Column("single", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("single", name=op.f("ck_grant_epoch_one_row")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_grant_epoch")),
        comment="How often it has changed what agreements grant",
    )
    op.execute("INSERT INTO grant_epoch (single, epoch) VALUES (true, 1)")
    op.create_index(op.f("ix_sharing_request_requester"), "sharing_request", ["requester"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sharing_request_requester"), table_name="sharing_request")
    op.drop_table("grant_epoch")
