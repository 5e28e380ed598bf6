"""What departments say of people that does not stand is shown, each claim a row with an id of its own.

A claim is sealed for its id now. A migration has no keys: claims that are there wait in ``claim_waiting``, from where
the hub seals them anew when it starts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("claim", "claim_waiting")
    op.execute("ALTER TABLE claim_waiting RENAME CONSTRAINT pk_claim TO pk_claim_waiting")
    op.create_table_comment(
        "claim_waiting", "Claims as an earlier version kept them, until the hub starts and seals them anew"
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("item_class", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_claim_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index(op.f("ix_claim_person_id_id"), "claim", ["person_id", "id"], unique=False)


def downgrade() -> None:
    # What is sealed for a row of its own cannot be opened here, and must not be lost.
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT FROM claim) THEN"
        " RAISE EXCEPTION 'claims are sealed for their rows: restore a backup of before the upgrade';"
        " END IF; END $$"
    )
    op.drop_table("claim")
    op.rename_table("claim_waiting", "claim")
    op.execute("ALTER TABLE claim RENAME CONSTRAINT pk_claim_waiting TO pk_claim")
    op.drop_table_comment("claim")
