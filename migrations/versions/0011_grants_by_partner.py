"""Agreements are read again when the partner's own changed, and only those that still matter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "partner_grant_epoch",
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("requester", name=op.f("pk_partner_grant_epoch")),
        comment="At which number of grant_epoch a partner's agreements changed last",
    )
    op.drop_index(op.f("ix_sharing_request_requester"), table_name="sharing_request")
    op.create_index(
        op.f("ix_sharing_request_requester_purpose_ends_on"), "sharing_request", ["requester", "purpose", "ends_on"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_sharing_request_requester_purpose_ends_on"), table_name="sharing_request")
    op.create_index(op.f("ix_sharing_request_requester"), "sharing_request", ["requester"])
    op.drop_table("partner_grant_epoch")
