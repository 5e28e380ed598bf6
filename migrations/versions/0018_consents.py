"""Consents and authorisations as records, and what needs and households say of them.

Nothing is taken over as consent: what departments' files state becomes records with the next synchronisation.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disposal_notice",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("need_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("dispose_by", sa.Date(), nullable=False),
        sa.Column(
            "current", postgresql.DATEMULTIRANGE(), server_default=sa.text("'{}'::datemultirange"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_notice")),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("need_id", sa.UUID(), nullable=True),
        sa.Column("household_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("purpose", sa.Text(collation="C"), nullable=False),
        sa.Column("scope", sa.Text(collation="C"), nullable=False),
        sa.Column("signed_by", sa.Text(collation="C"), nullable=False),
        sa.Column("guardian_name", sa.LargeBinary(), nullable=True),
        sa.Column("guardian_id_number", sa.LargeBinary(), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("evidence_valid_until", sa.Date(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("withdrawal_evidence", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_consent_household_id_household")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_consent_need_id_need")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_ended_on_id"), "consent", ["ended_on", "id"], unique=False)
    op.create_index(op.f("ix_consent_ends_on_id"), "consent", ["ends_on", "id"], unique=False)
    op.create_index(op.f("ix_consent_household_id_id"), "consent", ["household_id", "id"], unique=False)
    op.create_index(op.f("ix_consent_need_id_id"), "consent", ["need_id", "id"], unique=False)
    op.create_index(op.f("ix_consent_person_id_id"), "consent", ["person_id", "id"], unique=False)
    op.create_index(op.f("ix_consent_region_id"), "consent", ["region", "id"], unique=False)
    op.create_index(op.f("ix_consent_signed_on_id"), "consent", ["signed_on", "id"], unique=False)
    op.create_index(op.f("ix_consent_starts_on_id"), "consent", ["starts_on", "id"], unique=False)
    op.create_index(op.f("ix_consent_state_id"), "consent", ["state", "id"], unique=False)
    op.create_index(op.f("ix_consent_state_since_id"), "consent", ["state_since", "id"], unique=False)
    op.create_table(
        "consent_clock",
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
        sa.ForeignKeyConstraint(["row_id"], ["consent.id"], name=op.f("fk_consent_clock_row_id_consent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_clock")),
    )
    op.create_index(op.f("ix_consent_clock_due_on_id"), "consent_clock", ["due_on", "id"], unique=False)
    op.create_index(op.f("ix_consent_clock_next_at_id"), "consent_clock", ["next_at", "id"], unique=False)
    op.create_index(op.f("ix_consent_clock_row_id_id"), "consent_clock", ["row_id", "id"], unique=False)
    op.create_table(
        "consent_step",
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
        sa.ForeignKeyConstraint(["row_id"], ["consent.id"], name=op.f("fk_consent_step_row_id_consent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_step")),
    )
    op.create_index(op.f("ix_consent_step_row_id_id"), "consent_step", ["row_id", "id"], unique=False)
    op.create_index(op.f("ix_consent_step_taken_at_id"), "consent_step", ["taken_at", "id"], unique=False)
    op.create_index(op.f("ix_consent_step_version_id"), "consent_step", ["version", "id"], unique=False)
    op.execute("""CREATE FUNCTION consent_step_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'consent_step is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""")
    op.execute("""CREATE TRIGGER consent_step_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_step
FOR EACH STATEMENT EXECUTE FUNCTION consent_step_refuse_change()""")
    op.execute("ALTER TABLE consent_step ENABLE ALWAYS TRIGGER consent_step_append_only")
    op.add_column(
        "household",
        sa.Column(
            "check_authorised",
            postgresql.DATEMULTIRANGE(),
            server_default=sa.text("'{}'::datemultirange"),
            nullable=False,
        ),
    )
    op.add_column("household_member", sa.Column("guardian_id_number", sa.LargeBinary(), nullable=True))
    op.execute("ALTER TABLE need ALTER COLUMN consented TYPE datemultirange USING '{}'::datemultirange")
    op.execute("ALTER TABLE need ALTER COLUMN consented SET DEFAULT '{}'::datemultirange")


def downgrade() -> None:
    op.execute("ALTER TABLE need ALTER COLUMN consented DROP DEFAULT")
    op.execute("ALTER TABLE need ALTER COLUMN consented TYPE boolean USING consent_signed_on IS NOT NULL")
    op.drop_column("household_member", "guardian_id_number")
    op.drop_column("household", "check_authorised")
    op.execute("DROP FUNCTION consent_step_refuse_change() CASCADE")
    op.drop_index(op.f("ix_consent_step_version_id"), table_name="consent_step")
    op.drop_index(op.f("ix_consent_step_taken_at_id"), table_name="consent_step")
    op.drop_index(op.f("ix_consent_step_row_id_id"), table_name="consent_step")
    op.drop_table("consent_step")
    op.drop_index(op.f("ix_consent_clock_row_id_id"), table_name="consent_clock")
    op.drop_index(op.f("ix_consent_clock_next_at_id"), table_name="consent_clock")
    op.drop_index(op.f("ix_consent_clock_due_on_id"), table_name="consent_clock")
    op.drop_table("consent_clock")
    op.drop_index(op.f("ix_consent_state_since_id"), table_name="consent")
    op.drop_index(op.f("ix_consent_state_id"), table_name="consent")
    op.drop_index(op.f("ix_consent_starts_on_id"), table_name="consent")
    op.drop_index(op.f("ix_consent_signed_on_id"), table_name="consent")
    op.drop_index(op.f("ix_consent_region_id"), table_name="consent")
    op.drop_index(op.f("ix_consent_person_id_id"), table_name="consent")
    op.drop_index(op.f("ix_consent_need_id_id"), table_name="consent")
    op.drop_index(op.f("ix_consent_household_id_id"), table_name="consent")
    op.drop_index(op.f("ix_consent_ends_on_id"), table_name="consent")
    op.drop_index(op.f("ix_consent_ended_on_id"), table_name="consent")
    op.drop_table("consent")
    op.drop_table("disposal_notice")
