"""needs that are alike."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_need_county_kind_urgent"), "need", ["county", "kind", "urgent"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_need_county_kind_urgent"), table_name="need")
