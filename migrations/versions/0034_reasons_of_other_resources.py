"""A charity is told of what is proposed to it, and no more of its other resources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("proposal_reason", "brief")
    op.execute(
        "UPDATE proposal_reason r SET giver = NULL FROM proposal p"
        " WHERE p.id = r.proposal_id AND p.resource_id <> r.resource_id"
    )


def downgrade() -> None:
    # What was said in brief is sealed, and known no more: proposals go on without their reasons.
    op.execute("DELETE FROM proposal_reason")
    op.add_column("proposal_reason", sa.Column("brief", sa.LargeBinary(), nullable=False))
