"""Proposals: what charities may give for needs, and what came of it; which partner acts for an organisation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("need_id", sa.UUID(), nullable=True),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("resource_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("charity", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("county", sa.Text(collation="C"), nullable=True),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("registered_week", sa.Date(), nullable=True),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("run", sa.Text(), nullable=True),
        sa.Column("override_reason", sa.LargeBinary(), nullable=True),
        sa.Column("decline_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("confirmed_by", sa.Text(collation="C"), nullable=True),
        sa.Column("unmet_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("contact_name", sa.LargeBinary(), nullable=True),
        sa.Column("contact_phone", sa.LargeBinary(), nullable=True),
        sa.Column(
            "contact_open", postgresql.DATEMULTIRANGE(), server_default=sa.text("'{}'::datemultirange"), nullable=False
        ),
        sa.Column("dispose_by", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_proposal_need_id_need")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_proposal_person_id_person")),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["charity_resource.id"], name=op.f("fk_proposal_resource_id_charity_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_county_id"), "proposal", ["county", "id"], unique=False)
    op.create_index(op.f("ix_proposal_kind_id"), "proposal", ["kind", "id"], unique=False)
    op.create_index(op.f("ix_proposal_need_id_id"), "proposal", ["need_id", "id"], unique=False)
    op.create_index(op.f("ix_proposal_person_id_id"), "proposal", ["person_id", "id"], unique=False)
    op.create_index(op.f("ix_proposal_resource_id_id"), "proposal", ["resource_id", "id"], unique=False)
    op.create_index(op.f("ix_proposal_state_id"), "proposal", ["state", "id"], unique=False)
    op.create_index(op.f("ix_proposal_state_since_id"), "proposal", ["state_since", "id"], unique=False)
    op.create_table(
        "proposal_clock",
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
        sa.ForeignKeyConstraint(["row_id"], ["proposal.id"], name=op.f("fk_proposal_clock_row_id_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_clock")),
    )
    op.create_index(op.f("ix_proposal_clock_due_on_id"), "proposal_clock", ["due_on", "id"], unique=False)
    op.create_index(op.f("ix_proposal_clock_next_at_id"), "proposal_clock", ["next_at", "id"], unique=False)
    op.create_index(op.f("ix_proposal_clock_row_id_id"), "proposal_clock", ["row_id", "id"], unique=False)
    op.create_table(
        "proposal_step",
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
        sa.ForeignKeyConstraint(["row_id"], ["proposal.id"], name=op.f("fk_proposal_step_row_id_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_step")),
    )
    op.create_index(op.f("ix_proposal_step_row_id_id"), "proposal_step", ["row_id", "id"], unique=False)
    op.create_index(op.f("ix_proposal_step_taken_at_id"), "proposal_step", ["taken_at", "id"], unique=False)
    op.create_index(op.f("ix_proposal_step_version_id"), "proposal_step", ["version", "id"], unique=False)
    op.execute("""CREATE FUNCTION proposal_step_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'proposal_step is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""")
    op.execute("""CREATE TRIGGER proposal_step_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON proposal_step
FOR EACH STATEMENT EXECUTE FUNCTION proposal_step_refuse_change()""")
    op.execute("ALTER TABLE proposal_step ENABLE ALWAYS TRIGGER proposal_step_append_only")
    op.add_column("charity_organisation", sa.Column("partner", sa.Text(), nullable=True))


def downgrade() -> None:
    op.execute("DROP FUNCTION proposal_step_refuse_change() CASCADE")
    op.drop_column("charity_organisation", "partner")
    op.drop_index(op.f("ix_proposal_step_version_id"), table_name="proposal_step")
    op.drop_index(op.f("ix_proposal_step_taken_at_id"), table_name="proposal_step")
    op.drop_index(op.f("ix_proposal_step_row_id_id"), table_name="proposal_step")
    op.drop_table("proposal_step")
    op.drop_index(op.f("ix_proposal_clock_row_id_id"), table_name="proposal_clock")
    op.drop_index(op.f("ix_proposal_clock_next_at_id"), table_name="proposal_clock")
    op.drop_index(op.f("ix_proposal_clock_due_on_id"), table_name="proposal_clock")
    op.drop_table("proposal_clock")
    op.drop_index(op.f("ix_proposal_state_since_id"), table_name="proposal")
    op.drop_index(op.f("ix_proposal_state_id"), table_name="proposal")
    op.drop_index(op.f("ix_proposal_resource_id_id"), table_name="proposal")
    op.drop_index(op.f("ix_proposal_person_id_id"), table_name="proposal")
    op.drop_index(op.f("ix_proposal_need_id_id"), table_name="proposal")
    op.drop_index(op.f("ix_proposal_kind_id"), table_name="proposal")
    op.drop_index(op.f("ix_proposal_county_id"), table_name="proposal")
    op.drop_table("proposal")
