"""Households' means are checked: requests, what departments are asked, versions of reports, home visits.

The rules that reports were made by are kept as they stood, and like the history of steps are never changed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "means_rules",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("first_used_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_means_rules")),
        comment="Rules of the means check that reports were made by, by their digest",
    )
    op.create_table(
        "household_check",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("household_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("staff_relative", sa.Boolean(), nullable=True),
        sa.Column("waiting_for", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(collation="C"), nullable=True),
        sa.Column("indication", sa.Text(collation="C"), nullable=True),
        sa.Column("reports_made", sa.Integer(), nullable=True),
        sa.Column("closed_with", sa.LargeBinary(), nullable=True),
        sa.Column("objection", sa.LargeBinary(), nullable=True),
        sa.Column("ask_department", sa.Text(collation="C"), nullable=True),
        sa.Column("set_aside", sa.LargeBinary(), nullable=True),
        sa.Column("recheck_reason", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_household_check_household_id_household")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_check")),
    )
    op.create_index(op.f("ix_household_check_household_id_id"), "household_check", ["household_id", "id"], unique=False)
    op.create_index(op.f("ix_household_check_outcome_id"), "household_check", ["outcome", "id"], unique=False)
    op.create_index(op.f("ix_household_check_region_id"), "household_check", ["region", "id"], unique=False)
    op.create_index(op.f("ix_household_check_state_id"), "household_check", ["state", "id"], unique=False)
    op.create_index(op.f("ix_household_check_state_since_id"), "household_check", ["state_since", "id"], unique=False)
    op.create_table(
        "check_question",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("household_check_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(collation="C"), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_within", sa.Text(collation="C"), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_check_id"],
            ["household_check.id"],
            name=op.f("fk_check_question_household_check_id_household_check"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_check_question_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_question")),
    )
    op.create_index(
        op.f("ix_check_question_household_check_id_id"), "check_question", ["household_check_id", "id"], unique=False
    )
    op.create_index(op.f("ix_check_question_next_at_id"), "check_question", ["next_at", "id"], unique=False)
    op.create_index(op.f("ix_check_question_person_id_id"), "check_question", ["person_id", "id"], unique=False)
    op.create_table(
        "check_report",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("household_check_id", sa.UUID(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("report_version", sa.Integer(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(collation="C"), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("waiting_for", sa.Text(), nullable=True),
        sa.Column("rules_digest", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("inputs_digest", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_check_id"],
            ["household_check.id"],
            name=op.f("fk_check_report_household_check_id_household_check"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_report")),
    )
    op.create_index(
        op.f("ix_check_report_household_check_id_id"), "check_report", ["household_check_id", "id"], unique=False
    )
    op.create_index(op.f("ix_check_report_made_on_id"), "check_report", ["made_on", "id"], unique=False)
    op.create_index(op.f("ix_check_report_report_version_id"), "check_report", ["report_version", "id"], unique=False)
    op.create_table(
        "home_visit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("household_id", sa.UUID(), nullable=True),
        sa.Column("household_check_id", sa.UUID(), nullable=True),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("origin", sa.Text(collation="C"), nullable=False),
        sa.Column("department", sa.Text(collation="C"), nullable=True),
        sa.Column("item", sa.Text(collation="C"), nullable=True),
        sa.Column("complaint", sa.LargeBinary(), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("visitors", sa.Integer(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_check_id"],
            ["household_check.id"],
            name=op.f("fk_home_visit_household_check_id_household_check"),
        ),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_home_visit_household_id_household")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_home_visit_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_visit")),
    )
    op.create_index(
        op.f("ix_home_visit_household_check_id_id"), "home_visit", ["household_check_id", "id"], unique=False
    )
    op.create_index(op.f("ix_home_visit_household_id_id"), "home_visit", ["household_id", "id"], unique=False)
    op.create_index(op.f("ix_home_visit_person_id_id"), "home_visit", ["person_id", "id"], unique=False)
    op.create_index(op.f("ix_home_visit_region_id"), "home_visit", ["region", "id"], unique=False)
    op.create_index(op.f("ix_home_visit_state_id"), "home_visit", ["state", "id"], unique=False)
    op.create_index(op.f("ix_home_visit_state_since_id"), "home_visit", ["state_since", "id"], unique=False)
    op.create_table(
        "household_check_clock",
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
            ["row_id"], ["household_check.id"], name=op.f("fk_household_check_clock_row_id_household_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_check_clock")),
    )
    op.create_index(op.f("ix_household_check_clock_due_on_id"), "household_check_clock", ["due_on", "id"], unique=False)
    op.create_index(
        op.f("ix_household_check_clock_next_at_id"), "household_check_clock", ["next_at", "id"], unique=False
    )
    op.create_index(op.f("ix_household_check_clock_row_id_id"), "household_check_clock", ["row_id", "id"], unique=False)
    op.create_table(
        "household_check_step",
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
            ["row_id"], ["household_check.id"], name=op.f("fk_household_check_step_row_id_household_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_check_step")),
    )
    op.create_index(op.f("ix_household_check_step_row_id_id"), "household_check_step", ["row_id", "id"], unique=False)
    op.create_index(
        op.f("ix_household_check_step_taken_at_id"), "household_check_step", ["taken_at", "id"], unique=False
    )
    op.create_index(op.f("ix_household_check_step_version_id"), "household_check_step", ["version", "id"], unique=False)
    op.create_table(
        "home_visit_clock",
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
        sa.ForeignKeyConstraint(["row_id"], ["home_visit.id"], name=op.f("fk_home_visit_clock_row_id_home_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_visit_clock")),
    )
    op.create_index(op.f("ix_home_visit_clock_due_on_id"), "home_visit_clock", ["due_on", "id"], unique=False)
    op.create_index(op.f("ix_home_visit_clock_next_at_id"), "home_visit_clock", ["next_at", "id"], unique=False)
    op.create_index(op.f("ix_home_visit_clock_row_id_id"), "home_visit_clock", ["row_id", "id"], unique=False)
    op.create_table(
        "home_visit_step",
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
        sa.ForeignKeyConstraint(["row_id"], ["home_visit.id"], name=op.f("fk_home_visit_step_row_id_home_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_visit_step")),
    )
    op.create_index(op.f("ix_home_visit_step_row_id_id"), "home_visit_step", ["row_id", "id"], unique=False)
    op.create_index(op.f("ix_home_visit_step_taken_at_id"), "home_visit_step", ["taken_at", "id"], unique=False)
    op.create_index(op.f("ix_home_visit_step_version_id"), "home_visit_step", ["version", "id"], unique=False)
    op.execute("""CREATE FUNCTION means_rules_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'means_rules is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""")
    op.execute("""CREATE TRIGGER means_rules_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON means_rules
FOR EACH STATEMENT EXECUTE FUNCTION means_rules_refuse_change()""")
    op.execute("ALTER TABLE means_rules ENABLE ALWAYS TRIGGER means_rules_append_only")
    op.execute("""CREATE FUNCTION household_check_step_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'household_check_step is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""")
    op.execute("""CREATE TRIGGER household_check_step_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON household_check_step
FOR EACH STATEMENT EXECUTE FUNCTION household_check_step_refuse_change()""")
    op.execute("ALTER TABLE household_check_step ENABLE ALWAYS TRIGGER household_check_step_append_only")
    op.execute("""CREATE FUNCTION home_visit_step_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'home_visit_step is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""")
    op.execute("""CREATE TRIGGER home_visit_step_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON home_visit_step
FOR EACH STATEMENT EXECUTE FUNCTION home_visit_step_refuse_change()""")
    op.execute("ALTER TABLE home_visit_step ENABLE ALWAYS TRIGGER home_visit_step_append_only")


def downgrade() -> None:
    op.execute("DROP FUNCTION home_visit_step_refuse_change() CASCADE")
    op.execute("DROP FUNCTION household_check_step_refuse_change() CASCADE")
    op.execute("DROP FUNCTION means_rules_refuse_change() CASCADE")
    op.drop_index(op.f("ix_home_visit_step_version_id"), table_name="home_visit_step")
    op.drop_index(op.f("ix_home_visit_step_taken_at_id"), table_name="home_visit_step")
    op.drop_index(op.f("ix_home_visit_step_row_id_id"), table_name="home_visit_step")
    op.drop_table("home_visit_step")
    op.drop_index(op.f("ix_home_visit_clock_row_id_id"), table_name="home_visit_clock")
    op.drop_index(op.f("ix_home_visit_clock_next_at_id"), table_name="home_visit_clock")
    op.drop_index(op.f("ix_home_visit_clock_due_on_id"), table_name="home_visit_clock")
    op.drop_table("home_visit_clock")
    op.drop_index(op.f("ix_household_check_step_version_id"), table_name="household_check_step")
    op.drop_index(op.f("ix_household_check_step_taken_at_id"), table_name="household_check_step")
    op.drop_index(op.f("ix_household_check_step_row_id_id"), table_name="household_check_step")
    op.drop_table("household_check_step")
    op.drop_index(op.f("ix_household_check_clock_row_id_id"), table_name="household_check_clock")
    op.drop_index(op.f("ix_household_check_clock_next_at_id"), table_name="household_check_clock")
    op.drop_index(op.f("ix_household_check_clock_due_on_id"), table_name="household_check_clock")
    op.drop_table("household_check_clock")
    op.drop_index(op.f("ix_home_visit_state_since_id"), table_name="home_visit")
    op.drop_index(op.f("ix_home_visit_state_id"), table_name="home_visit")
    op.drop_index(op.f("ix_home_visit_region_id"), table_name="home_visit")
    op.drop_index(op.f("ix_home_visit_person_id_id"), table_name="home_visit")
    op.drop_index(op.f("ix_home_visit_household_id_id"), table_name="home_visit")
    op.drop_index(op.f("ix_home_visit_household_check_id_id"), table_name="home_visit")
    op.drop_table("home_visit")
    op.drop_index(op.f("ix_check_report_report_version_id"), table_name="check_report")
    op.drop_index(op.f("ix_check_report_made_on_id"), table_name="check_report")
    op.drop_index(op.f("ix_check_report_household_check_id_id"), table_name="check_report")
    op.drop_table("check_report")
    op.drop_index(op.f("ix_check_question_person_id_id"), table_name="check_question")
    op.drop_index(op.f("ix_check_question_next_at_id"), table_name="check_question")
    op.drop_index(op.f("ix_check_question_household_check_id_id"), table_name="check_question")
    op.drop_table("check_question")
    op.drop_index(op.f("ix_household_check_state_since_id"), table_name="household_check")
    op.drop_index(op.f("ix_household_check_state_id"), table_name="household_check")
    op.drop_index(op.f("ix_household_check_region_id"), table_name="household_check")
    op.drop_index(op.f("ix_household_check_outcome_id"), table_name="household_check")
    op.drop_index(op.f("ix_household_check_household_id_id"), table_name="household_check")
    op.drop_table("household_check")
    op.drop_table("means_rules")
