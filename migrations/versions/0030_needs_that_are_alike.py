"""Needs that are alike: found by an index; a need whose urgency is not known is not urgent, as in a proposal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


URGENT = "urgency = ANY (ARRAY['HIGH'::text, 'URGENT'::text])"


def upgrade() -> None:
    replace_urgent(f"COALESCE(({URGENT}), false)", nullable=False)
    op.create_index(
        op.f("ix_need_county_kind_urgent"), "need", ["county", "kind", "urgent"], unique=False,
        postgresql_where=sa.text("status = 'OPEN'"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index(op.f("ix_need_county_kind_urgent"), table_name="need")
    replace_urgent(URGENT, nullable=True)


def replace_urgent(expression: str, *, nullable: bool) -> None:
    """What the database works out cannot be changed: the column is made anew."""
    op.drop_index(op.f("ix_need_urgent_id"), table_name="need")
    op.drop_column("need", "urgent")
    op.add_column("need", sa.Column("urgent", sa.Boolean(), sa.Computed(expression, persisted=True), nullable=nullable))
    op.create_index(op.f("ix_need_urgent_id"), "need", ["urgent", "id"], unique=False)
