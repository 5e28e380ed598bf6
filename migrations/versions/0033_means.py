"""Estimates that partners ask for, checks that a death calls for, and what a version of a report says otherwise.

History is never changed, as that of other processes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# Reports of before say nothing of what was otherwise: none of these.
BEFORE = ("outcome_before", "indication_before")
COUNTED = ("findings_new", "findings_gone")


def upgrade() -> None:
    for name in BEFORE:
        op.add_column("check_report", sa.Column(name, sa.Text(collation="C"), nullable=True))
    op.add_column("check_report", sa.Column("answered_since", sa.Text(), nullable=True))
    for name in COUNTED:
        op.add_column("check_report", sa.Column(name, sa.Integer(), nullable=True))
    op.create_table(
        "estimate",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=False),
        sa.Column("standard", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("rules_digest", sa.Text(), nullable=True),
        sa.Column("impossible", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimate")),
    )
    op.create_index(op.f("ix_estimate_region_id"), "estimate", ["region", "id"], unique=False)
    op.create_index(op.f("ix_estimate_state_id"), "estimate", ["state", "id"], unique=False)
    op.create_index(op.f("ix_estimate_state_since_id"), "estimate", ["state_since", "id"], unique=False)
    op.create_table(
        "estimate_clock",
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
        sa.ForeignKeyConstraint(["row_id"], ["estimate.id"], name=op.f("fk_estimate_clock_row_id_estimate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimate_clock")),
    )
    op.create_index(op.f("ix_estimate_clock_due_on_id"), "estimate_clock", ["due_on", "id"], unique=False)
    op.create_index(op.f("ix_estimate_clock_next_at_id"), "estimate_clock", ["next_at", "id"], unique=False)
    op.create_index(op.f("ix_estimate_clock_row_id_id"), "estimate_clock", ["row_id", "id"], unique=False)
    op.create_table(
        "estimate_step",
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
        sa.ForeignKeyConstraint(["row_id"], ["estimate.id"], name=op.f("fk_estimate_step_row_id_estimate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimate_step")),
    )
    op.create_index(op.f("ix_estimate_step_row_id_id"), "estimate_step", ["row_id", "id"], unique=False)
    op.create_index(op.f("ix_estimate_step_taken_at_id"), "estimate_step", ["taken_at", "id"], unique=False)
    op.create_index(op.f("ix_estimate_step_version_id"), "estimate_step", ["version", "id"], unique=False)
    op.create_table(
        "estimated_county",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("estimate_id", sa.UUID(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("within_now", sa.Integer(), nullable=True),
        sa.Column("enter", sa.Integer(), nullable=True),
        sa.Column("leave", sa.Integer(), nullable=True),
        sa.Column("more", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.ForeignKeyConstraint(
            ["estimate_id"], ["estimate.id"], name=op.f("fk_estimated_county_estimate_id_estimate")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimated_county")),
    )
    op.create_index(op.f("ix_estimated_county_estimate_id_id"), "estimated_county", ["estimate_id", "id"], unique=False)
    op.create_index(op.f("ix_estimated_county_region_id"), "estimated_county", ["region", "id"], unique=False)
    op.execute("""CREATE FUNCTION estimate_step_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'estimate_step is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""")
    op.execute("""CREATE TRIGGER estimate_step_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON estimate_step
FOR EACH STATEMENT EXECUTE FUNCTION estimate_step_refuse_change()""")
    op.execute("ALTER TABLE estimate_step ENABLE ALWAYS TRIGGER estimate_step_append_only")
    op.create_table(
        "death_recheck",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("household_id", sa.UUID(), nullable=True),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("household_check_id", sa.UUID(), nullable=True),
        sa.Column("followed_by_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["followed_by_id"], ["household_check.id"], name=op.f("fk_death_recheck_followed_by_id_household_check")
        ),
        sa.ForeignKeyConstraint(
            ["household_check_id"],
            ["household_check.id"],
            name=op.f("fk_death_recheck_household_check_id_household_check"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_death_recheck_household_id_household")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_death_recheck_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_death_recheck")),
    )
    op.create_index(op.f("ix_death_recheck_followed_by_id_id"), "death_recheck", ["followed_by_id", "id"], unique=False)
    op.create_index(
        op.f("ix_death_recheck_household_check_id_id"), "death_recheck", ["household_check_id", "id"], unique=False
    )
    op.create_index(op.f("ix_death_recheck_household_id_id"), "death_recheck", ["household_id", "id"], unique=False)
    op.create_index(op.f("ix_death_recheck_person_id_id"), "death_recheck", ["person_id", "id"], unique=False)
    op.create_index(op.f("ix_death_recheck_region_id"), "death_recheck", ["region", "id"], unique=False)
    op.create_index(op.f("ix_death_recheck_state_id"), "death_recheck", ["state", "id"], unique=False)
    op.create_index(op.f("ix_death_recheck_state_since_id"), "death_recheck", ["state_since", "id"], unique=False)
    op.create_index(op.f("ix_death_recheck_until_id"), "death_recheck", ["until", "id"], unique=False)
    op.create_table(
        "death_recheck_clock",
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
        sa.ForeignKeyConstraint(
            ["row_id"], ["death_recheck.id"], name=op.f("fk_death_recheck_clock_row_id_death_recheck")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_death_recheck_clock")),
    )
    op.create_index(op.f("ix_death_recheck_clock_due_on_id"), "death_recheck_clock", ["due_on", "id"], unique=False)
    op.create_index(op.f("ix_death_recheck_clock_next_at_id"), "death_recheck_clock", ["next_at", "id"], unique=False)
    op.create_index(op.f("ix_death_recheck_clock_row_id_id"), "death_recheck_clock", ["row_id", "id"], unique=False)
    op.create_table(
        "death_recheck_step",
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
        sa.ForeignKeyConstraint(
            ["row_id"], ["death_recheck.id"], name=op.f("fk_death_recheck_step_row_id_death_recheck")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_death_recheck_step")),
    )
    op.create_index(op.f("ix_death_recheck_step_row_id_id"), "death_recheck_step", ["row_id", "id"], unique=False)
    op.create_index(op.f("ix_death_recheck_step_taken_at_id"), "death_recheck_step", ["taken_at", "id"], unique=False)
    op.create_index(op.f("ix_death_recheck_step_version_id"), "death_recheck_step", ["version", "id"], unique=False)
    op.execute("""CREATE FUNCTION death_recheck_step_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'death_recheck_step is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""")
    op.execute("""CREATE TRIGGER death_recheck_step_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON death_recheck_step
FOR EACH STATEMENT EXECUTE FUNCTION death_recheck_step_refuse_change()""")
    op.execute("ALTER TABLE death_recheck_step ENABLE ALWAYS TRIGGER death_recheck_step_append_only")


def downgrade() -> None:
    op.execute("DROP FUNCTION death_recheck_step_refuse_change() CASCADE")
    op.drop_index(op.f("ix_death_recheck_step_version_id"), table_name="death_recheck_step")
    op.drop_index(op.f("ix_death_recheck_step_taken_at_id"), table_name="death_recheck_step")
    op.drop_index(op.f("ix_death_recheck_step_row_id_id"), table_name="death_recheck_step")
    op.drop_table("death_recheck_step")
    op.drop_index(op.f("ix_death_recheck_clock_row_id_id"), table_name="death_recheck_clock")
    op.drop_index(op.f("ix_death_recheck_clock_next_at_id"), table_name="death_recheck_clock")
    op.drop_index(op.f("ix_death_recheck_clock_due_on_id"), table_name="death_recheck_clock")
    op.drop_table("death_recheck_clock")
    op.drop_index(op.f("ix_death_recheck_until_id"), table_name="death_recheck")
    op.drop_index(op.f("ix_death_recheck_state_since_id"), table_name="death_recheck")
    op.drop_index(op.f("ix_death_recheck_state_id"), table_name="death_recheck")
    op.drop_index(op.f("ix_death_recheck_region_id"), table_name="death_recheck")
    op.drop_index(op.f("ix_death_recheck_person_id_id"), table_name="death_recheck")
    op.drop_index(op.f("ix_death_recheck_household_id_id"), table_name="death_recheck")
    op.drop_index(op.f("ix_death_recheck_household_check_id_id"), table_name="death_recheck")
    op.drop_index(op.f("ix_death_recheck_followed_by_id_id"), table_name="death_recheck")
    op.drop_table("death_recheck")
    op.execute("DROP FUNCTION estimate_step_refuse_change() CASCADE")
    op.drop_index(op.f("ix_estimated_county_region_id"), table_name="estimated_county")
    op.drop_index(op.f("ix_estimated_county_estimate_id_id"), table_name="estimated_county")
    op.drop_table("estimated_county")
    op.drop_index(op.f("ix_estimate_step_version_id"), table_name="estimate_step")
    op.drop_index(op.f("ix_estimate_step_taken_at_id"), table_name="estimate_step")
    op.drop_index(op.f("ix_estimate_step_row_id_id"), table_name="estimate_step")
    op.drop_table("estimate_step")
    op.drop_index(op.f("ix_estimate_clock_row_id_id"), table_name="estimate_clock")
    op.drop_index(op.f("ix_estimate_clock_next_at_id"), table_name="estimate_clock")
    op.drop_index(op.f("ix_estimate_clock_due_on_id"), table_name="estimate_clock")
    op.drop_table("estimate_clock")
    op.drop_index(op.f("ix_estimate_state_since_id"), table_name="estimate")
    op.drop_index(op.f("ix_estimate_state_id"), table_name="estimate")
    op.drop_index(op.f("ix_estimate_region_id"), table_name="estimate")
    op.drop_table("estimate")
    for name in (*COUNTED, "answered_since", *BEFORE):
        op.drop_column("check_report", name)
