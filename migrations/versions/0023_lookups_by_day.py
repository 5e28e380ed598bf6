"""Look-ups are counted by the day as well."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lookup_use", sa.Column("day_until", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE lookup_use SET day_until = looked_up_until")
    op.alter_column("lookup_use", "day_until", nullable=False)


def downgrade() -> None:
    op.drop_column("lookup_use", "day_until")
