"""Events are read like other rows: each has an id, and its place is no key of its own any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COMMENT = "What happened to which row, and no value of it; readers ask policy for the row itself"


def upgrade() -> None:
    op.drop_constraint(op.f("pk_event"), "event", type_="primary")
    op.add_column("event", sa.Column("id", sa.UUID(), nullable=False, server_default=sa.func.gen_random_uuid()))
    op.alter_column("event", "id", server_default=None)
    op.create_primary_key(op.f("pk_event"), "event", ["id"])
    op.create_index(op.f("ix_event_seq"), "event", ["seq"], unique=True)
    for name in ("kind", "entity"):
        op.alter_column("event", name, type_=sa.Text(collation="default"), existing_nullable=False)
    op.drop_table_comment("event", existing_comment=COMMENT)


def downgrade() -> None:
    op.create_table_comment("event", COMMENT, existing_comment=None)
    for name in ("kind", "entity"):
        op.alter_column("event", name, type_=sa.Text(collation="C"), existing_nullable=False)
    op.drop_index(op.f("ix_event_seq"), table_name="event")
    op.drop_constraint(op.f("pk_event"), "event", type_="primary")
    op.drop_column("event", "id")
    op.create_primary_key(op.f("pk_event"), "event", ["seq"])
