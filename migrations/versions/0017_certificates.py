"""Tokens bound to a client certificate, for partners that ask for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "partner", sa.Column("certificate_bound", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("partner_token", sa.Column("certificate", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(op.f("ck_partner_token_certificate"), "partner_token", "octet_length(certificate) = 32")


def downgrade() -> None:
    op.drop_column("partner_token", "certificate")
    op.drop_column("partner", "certificate_bound")
