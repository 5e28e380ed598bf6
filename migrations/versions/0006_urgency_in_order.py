"""Needs are sorted by how urgent they are, and no longer by the letters of the code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PLACE = (
    "CASE urgency WHEN 'LOW'::text THEN 1 WHEN 'NORMAL'::text THEN 2 WHEN 'HIGH'::text THEN 3"
    " WHEN 'URGENT'::text THEN 4 ELSE NULL::integer END"
)


def upgrade() -> None:
    op.add_column("need", sa.Column("urgency_order", sa.SmallInteger(), sa.Computed(PLACE, persisted=True)))
    op.drop_index(op.f("ix_need_urgency_id"), table_name="need")
    op.create_index(op.f("ix_need_urgency_order_id"), "need", ["urgency_order", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_need_urgency_order_id"), table_name="need")
    op.create_index(op.f("ix_need_urgency_id"), "need", ["urgency", "id"], unique=False)
    op.drop_column("need", "urgency_order")
