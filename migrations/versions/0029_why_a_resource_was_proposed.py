"""why a resource was proposed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposal_reason",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("proposal_id", sa.UUID(), nullable=False),
        sa.Column("resource_id", sa.UUID(), nullable=False),
        sa.Column("giver", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("brief", sa.LargeBinary(), nullable=False),
        sa.Column("because", sa.LargeBinary(), nullable=False),
        sa.Column("criteria", sa.LargeBinary(), nullable=True),
        sa.Column("fits", sa.LargeBinary(), nullable=True),
        sa.Column("proposed_fits", sa.LargeBinary(), nullable=True),
        sa.Column("gain", sa.LargeBinary(), nullable=True),
        sa.Column("price_lowest", sa.LargeBinary(), nullable=True),
        sa.Column("price_highest", sa.LargeBinary(), nullable=True),
        sa.Column("expected", sa.LargeBinary(), nullable=True),
        sa.Column("words_zh", sa.LargeBinary(), nullable=False),
        sa.Column("words_en", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_proposal_reason_proposal_id_proposal")),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["charity_resource.id"], name=op.f("fk_proposal_reason_resource_id_charity_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_reason")),
    )
    op.create_index(op.f("ix_proposal_reason_proposal_id_id"), "proposal_reason", ["proposal_id", "id"], unique=False)
    op.create_index(op.f("ix_proposal_reason_resource_id_id"), "proposal_reason", ["resource_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_proposal_reason_resource_id_id"), table_name="proposal_reason")
    op.drop_index(op.f("ix_proposal_reason_proposal_id_id"), table_name="proposal_reason")
    op.drop_table("proposal_reason")
