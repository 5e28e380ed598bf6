"""Corrections: what partners say is wrong in departments' data, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("household_id", sa.UUID(), nullable=True),
        sa.Column("recipient_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("item_class", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(collation="C"), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("id_number", sa.LargeBinary(), nullable=True),
        sa.Column("reasons", sa.LargeBinary(), nullable=False),
        sa.Column("proposed", sa.LargeBinary(), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("findings", sa.LargeBinary(), nullable=True),
        sa.Column("upheld_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_correction_household_id_household")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_correction_person_id_person")),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipient.id"], name=op.f("fk_correction_recipient_id_recipient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_household_id_id"), "correction", ["household_id", "id"], unique=False)
    op.create_index(op.f("ix_correction_person_id_id"), "correction", ["person_id", "id"], unique=False)
    op.create_index(op.f("ix_correction_recipient_id_id"), "correction", ["recipient_id", "id"], unique=False)
    op.create_index(op.f("ix_correction_region_id"), "correction", ["region", "id"], unique=False)
    op.create_index(op.f("ix_correction_state_id"), "correction", ["state", "id"], unique=False)
    op.create_index(op.f("ix_correction_state_since_id"), "correction", ["state_since", "id"], unique=False)
    op.create_table(
        "correction_clock",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("row_id", sa.UUID(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("budget", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("running_since", sa.Date(), nullable=True),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("calendar_year", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["row_id"], ["correction.id"], name=op.f("fk_correction_clock_row_id_correction")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_clock")),
    )
    op.create_index(op.f("ix_correction_clock_due_on_id"), "correction_clock", ["due_on", "id"], unique=False)
    op.create_index(op.f("ix_correction_clock_next_at_id"), "correction_clock", ["next_at", "id"], unique=False)
    op.create_index(op.f("ix_correction_clock_row_id_id"), "correction_clock", ["row_id", "id"], unique=False)
    op.create_table(
        "correction_step",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("row_id", sa.UUID(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(collation="C"), nullable=True),
        sa.Column("to_state", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("member", sa.Text(), nullable=True),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("given", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["row_id"], ["correction.id"], name=op.f("fk_correction_step_row_id_correction")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_step")),
    )
    op.create_index(op.f("ix_correction_step_row_id_id"), "correction_step", ["row_id", "id"], unique=False)
    op.create_index(op.f("ix_correction_step_taken_at_id"), "correction_step", ["taken_at", "id"], unique=False)
    op.create_index(op.f("ix_correction_step_version_id"), "correction_step", ["version", "id"], unique=False)
    op.execute("""CREATE FUNCTION correction_step_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'correction_step is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""")
    op.execute("""CREATE TRIGGER correction_step_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON correction_step
FOR EACH STATEMENT EXECUTE FUNCTION correction_step_refuse_change()""")
    op.execute("ALTER TABLE correction_step ENABLE ALWAYS TRIGGER correction_step_append_only")


def downgrade() -> None:
    op.execute("DROP FUNCTION correction_step_refuse_change() CASCADE")
    op.drop_index(op.f("ix_correction_step_version_id"), table_name="correction_step")
    op.drop_index(op.f("ix_correction_step_taken_at_id"), table_name="correction_step")
    op.drop_index(op.f("ix_correction_step_row_id_id"), table_name="correction_step")
    op.drop_table("correction_step")
    op.drop_index(op.f("ix_correction_clock_row_id_id"), table_name="correction_clock")
    op.drop_index(op.f("ix_correction_clock_next_at_id"), table_name="correction_clock")
    op.drop_index(op.f("ix_correction_clock_due_on_id"), table_name="correction_clock")
    op.drop_table("correction_clock")
    op.drop_index(op.f("ix_correction_state_since_id"), table_name="correction")
    op.drop_index(op.f("ix_correction_state_id"), table_name="correction")
    op.drop_index(op.f("ix_correction_region_id"), table_name="correction")
    op.drop_index(op.f("ix_correction_recipient_id_id"), table_name="correction")
    op.drop_index(op.f("ix_correction_person_id_id"), table_name="correction")
    op.drop_index(op.f("ix_correction_household_id_id"), table_name="correction")
    op.drop_table("correction")
