"""Outcomes of proposals: township, days waited, whether help came; what a unit costs, and whether to assess first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

HELPED = (
    "((state = ANY (ARRAY['DELIVERED'::text, 'CONFIRMED'::text])) "
    "OR ((state = 'ARCHIVED'::text) AND (unmet_reason IS NULL)))"
)
WAITED = """
UPDATE proposal p
SET days_waited = greatest(0, coalesce(p.delivered_on, (h.taken_at AT TIME ZONE 'Asia/Shanghai')::date) - n.created_on)
FROM need n, proposal_step h
WHERE n.id = p.need_id AND h.row_id = p.id AND h.from_state IS NULL AND n.created_on IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("charity_resource", sa.Column("unit_cost", sa.Numeric(precision=14, scale=2), nullable=True))
    op.add_column("charity_resource", sa.Column("assessment_required", sa.Boolean(), nullable=True))
    township = sa.Computed('"left"(region, 9)', persisted=True)
    op.add_column("proposal", sa.Column("township", sa.Text(collation="C"), township, nullable=True))
    op.add_column("proposal", sa.Column("days_waited", sa.Integer(), nullable=True))
    helped = sa.Computed(HELPED, persisted=True)
    op.add_column("proposal", sa.Column("helped", sa.Boolean(), helped, nullable=False))
    op.execute(WAITED)


def downgrade() -> None:
    op.drop_column("proposal", "helped")
    op.drop_column("proposal", "days_waited")
    op.drop_column("proposal", "township")
    op.drop_column("charity_resource", "assessment_required")
    op.drop_column("charity_resource", "unit_cost")
