"""Bundles of policies that were put in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_installation",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("installed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("installed_by", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_policy_installation_counted_from_one")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy_installation")),
        comment="Bundles of policies that were put in force; the last one is",
    )


def downgrade() -> None:
    op.drop_table("policy_installation")
