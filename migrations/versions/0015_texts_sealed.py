"""What people write freely in sharing requests is sealed.

A migration has no keys: it puts the texts into ``unsealed_value``, from where the hub seals them when it starts, and
empties that table. The tables are written anew, so that no dead row keeps a text. Backups and the write-ahead log of
before keep them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TEXTS = (
    "basis", "scenario", "gaps", "extension_reasons", "conditions", "refusal_reasons", "dispute_grounds", "ruling",
    "suspension_reasons", "disposal_proof",
)  # fmt: skip
REQUIRED = ("basis", "scenario")


def upgrade() -> None:
    op.create_table(
        "unsealed_value",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("row_id", sa.UUID(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "field", "row_id", name=op.f("pk_unsealed_value")),
        comment="Values of a field that is sealed since a migration, until the hub starts and seals them",
    )
    for name in TEXTS:
        op.execute(
            "INSERT INTO unsealed_value (entity, field, row_id, value)"
            f" SELECT 'SharingRequest', '{name}', id, {name} FROM sharing_request WHERE {name} IS NOT NULL"
        )
    # One statement writes the table anew once. Nobody reads what stands there until it is sealed.
    types = ", ".join(
        f"ALTER COLUMN {name} TYPE bytea USING {chr(39) * 2 + '::bytea' if name in REQUIRED else 'NULL'}"
        for name in TEXTS
    )
    op.execute(f"ALTER TABLE sharing_request {types}")


def downgrade() -> None:
    # Sealed texts cannot be opened here, and must not be lost.
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT FROM sharing_request) THEN"
        " RAISE EXCEPTION 'sharing requests have sealed texts: restore a backup of before the upgrade';"
        " END IF; END $$"
    )
    op.execute(
        f"ALTER TABLE sharing_request {', '.join(f'ALTER COLUMN {name} TYPE text USING NULL' for name in TEXTS)}"
    )
    op.drop_table("unsealed_value")
