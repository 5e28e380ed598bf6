"""Criteria of resources as data, which of them were approved, and nights of matching that were run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "criteria_approval",
        sa.Column("resource_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=True),
        sa.Column("widths", sa.Integer(), nullable=False),
        sa.Column("approved_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_criteria_approval_counted_from_one")),
        sa.PrimaryKeyConstraint("resource_id", "version", name=op.f("pk_criteria_approval")),
        comment="Criteria of resources that were approved; the last version of a resource counts",
    )
    op.execute("""CREATE FUNCTION criteria_approval_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'criteria_approval is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""")
    op.execute("""CREATE TRIGGER criteria_approval_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON criteria_approval
FOR EACH STATEMENT EXECUTE FUNCTION criteria_approval_refuse_change()""")
    op.execute("ALTER TABLE criteria_approval ENABLE ALWAYS TRIGGER criteria_approval_append_only")
    op.create_table(
        "match_run",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("run_by", sa.Text(), nullable=False),
        sa.Column("needs", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("resources", sa.Integer(), nullable=False),
        sa.Column("pairs", sa.BigInteger(), nullable=False),
        sa.Column("placed", sa.Integer(), nullable=False),
        sa.Column("proposed", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("parameters_version", sa.Integer(), nullable=False),
        sa.Column("parameters_digest", sa.LargeBinary(), nullable=False),
        sa.Column("material_digest", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("material", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_run")),
        comment="Nights of matching that were run, and sealed, what proves each",
    )
    op.create_index(op.f("ix_match_run_started_at"), "match_run", ["started_at"], unique=False)
    op.add_column("charity_resource", sa.Column("criteria", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("charity_resource", "criteria")
    op.drop_index(op.f("ix_match_run_started_at"), table_name="match_run")
    op.drop_table("match_run")
    op.drop_table("criteria_approval")
    op.execute("DROP FUNCTION criteria_approval_refuse_change()")
