"""Means checks name the departments that have not been read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("means_check", sa.Column("missing_departments", sa.Text(), nullable=True))


def downgrade() -> None:
    # An earlier hub does not know the outcome: its own checks are made anew by its next synchronisation.
    op.execute(
        "UPDATE finding SET means_check_id = NULL WHERE means_check_id IN"
        " (SELECT id FROM means_check WHERE outcome = 'UNDECIDED')"
    )
    op.execute("DELETE FROM provenance p USING means_check m WHERE p.row_id = m.id AND m.outcome = 'UNDECIDED'")
    op.execute("DELETE FROM means_check WHERE outcome = 'UNDECIDED'")
    op.drop_column("means_check", "missing_departments")
