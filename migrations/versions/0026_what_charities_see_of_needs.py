"""County and two levels of urgency of a need: what charities see of its division and its urgency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

URGENT = "urgency = ANY (ARRAY['HIGH'::text, 'URGENT'::text])"


def upgrade() -> None:
    county = sa.Computed('"left"(region, 6)', persisted=True)
    op.add_column("need", sa.Column("county", sa.Text(collation="C"), county, nullable=True))
    op.add_column("need", sa.Column("urgent", sa.Boolean(), sa.Computed(URGENT, persisted=True), nullable=True))
    op.create_index(op.f("ix_need_county_id"), "need", ["county", "id"], unique=False)
    op.create_index(op.f("ix_need_urgent_id"), "need", ["urgent", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_need_urgent_id"), table_name="need")
    op.drop_index(op.f("ix_need_county_id"), table_name="need")
    op.drop_column("need", "urgent")
    op.drop_column("need", "county")
