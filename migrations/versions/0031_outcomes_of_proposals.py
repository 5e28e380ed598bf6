"""Outcomes of proposals: township, days waited, closed without help; what a unit costs, whether to assess first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

WAITED = """
UPDATE proposal p
SET days_waited = greatest(0, coalesce(p.delivered_on, (h.taken_at AT TIME ZONE 'Asia/Shanghai')::date) - n.created_on)
FROM need n, proposal_step h
WHERE n.id = p.need_id AND h.row_id = p.id AND h.from_state IS NULL AND n.created_on IS NOT NULL
"""
OBJECTING = """
UPDATE proposal_clock c SET clock = 'objecting' FROM proposal p
WHERE p.id = c.row_id AND c.clock = 'closing' AND c.ended_at IS NULL AND p.state IN ('UNMET', 'REOPENED')
"""


def upgrade() -> None:
    op.add_column("charity_resource", sa.Column("unit_cost", sa.Numeric(precision=14, scale=2), nullable=True))
    op.add_column("charity_resource", sa.Column("assessment_required", sa.Boolean(), nullable=True))
    township = sa.Computed('"left"(region, 9)', persisted=True)
    op.add_column("proposal", sa.Column("township", sa.Text(collation="C"), township, nullable=True))
    op.add_column("proposal", sa.Column("days_waited", sa.Integer(), nullable=True))
    op.execute(WAITED)
    op.execute("UPDATE proposal SET state = 'CLOSED' WHERE state = 'ARCHIVED' AND unmet_reason IS NOT NULL")
    op.execute(OBJECTING)


def downgrade() -> None:
    op.execute("UPDATE proposal_clock SET clock = 'closing' WHERE clock = 'objecting'")
    op.execute("UPDATE proposal SET state = 'ARCHIVED' WHERE state = 'CLOSED'")
    op.drop_column("proposal", "days_waited")
    op.drop_column("proposal", "township")
    op.drop_column("charity_resource", "assessment_required")
    op.drop_column("charity_resource", "unit_cost")
