"""What changed between two nights is noted as it changes, so that a round looks at nothing else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

NOTE = """CREATE FUNCTION match_change_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'need' THEN
        INSERT INTO match_change (need_id) VALUES (NEW.id);
    ELSIF TG_TABLE_NAME = 'charity_resource' THEN
        INSERT INTO match_change (resource_id) VALUES (NEW.id);
    ELSIF TG_TABLE_NAME = 'criteria_approval' THEN
        INSERT INTO match_change (resource_id) VALUES (NEW.resource_id);
    ELSIF TG_TABLE_NAME = 'charity_organisation' THEN
        INSERT INTO match_change (organisation_id) VALUES (NEW.id);
    ELSIF TG_TABLE_NAME = 'partner' THEN
        INSERT INTO match_change (partner) VALUES (NEW.name);
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO match_change (need_id, resource_id) VALUES (NEW.need_id, NEW.resource_id);
    ELSE
        INSERT INTO match_change (need_id, resource_id) VALUES (OLD.need_id, OLD.resource_id);
        IF TG_OP = 'UPDATE' AND (OLD.need_id, OLD.resource_id) IS DISTINCT FROM (NEW.need_id, NEW.resource_id) THEN
            INSERT INTO match_change (need_id, resource_id) VALUES (NEW.need_id, NEW.resource_id);
        END IF;
    END IF;
    RETURN NULL;
END $$"""
TRIGGERS = (
    """CREATE TRIGGER match_need_comes AFTER INSERT ON need
FOR EACH ROW WHEN (NEW.status = 'OPEN' AND NEW.consented <> '{}') EXECUTE FUNCTION match_change_note()""",
    """CREATE TRIGGER match_need_changes AFTER UPDATE OF status, consented ON need
FOR EACH ROW WHEN (NEW.status = 'OPEN' AND NEW.consented <> '{}'
    AND (OLD.status, OLD.consented) IS DISTINCT FROM (NEW.status, NEW.consented))
EXECUTE FUNCTION match_change_note()""",
    """CREATE TRIGGER match_proposal_changes
AFTER INSERT OR DELETE OR UPDATE OF state, need_id, resource_id, period_from ON proposal
FOR EACH ROW WHEN (true) EXECUTE FUNCTION match_change_note()""",
    """CREATE TRIGGER match_resource_comes AFTER INSERT ON charity_resource
FOR EACH ROW WHEN (true) EXECUTE FUNCTION match_change_note()""",
    """CREATE TRIGGER match_resource_changes
AFTER UPDATE OF kind, area, capacity_available, assessment_required, valid_from, valid_until, organisation_id
ON charity_resource FOR EACH ROW WHEN (
    (OLD.kind, OLD.area, OLD.capacity_available, OLD.assessment_required, OLD.valid_from, OLD.valid_until,
     OLD.organisation_id)
    IS DISTINCT FROM
    (NEW.kind, NEW.area, NEW.capacity_available, NEW.assessment_required, NEW.valid_from, NEW.valid_until,
     NEW.organisation_id))
EXECUTE FUNCTION match_change_note()""",
    """CREATE TRIGGER match_approval_comes AFTER INSERT ON criteria_approval
FOR EACH ROW WHEN (true) EXECUTE FUNCTION match_change_note()""",
    """CREATE TRIGGER match_organisation_changes AFTER UPDATE OF partner ON charity_organisation
FOR EACH ROW WHEN (OLD.partner IS DISTINCT FROM NEW.partner) EXECUTE FUNCTION match_change_note()""",
    """CREATE TRIGGER match_partner_changes AFTER UPDATE OF state, roles, regions ON partner
FOR EACH ROW WHEN ((OLD.state, OLD.roles, OLD.regions) IS DISTINCT FROM (NEW.state, NEW.roles, NEW.regions))
EXECUTE FUNCTION match_change_note()""",
)


def upgrade() -> None:
    op.create_table(
        "match_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("need_id", sa.UUID(), nullable=True),
        sa.Column("resource_id", sa.UUID(), nullable=True),
        sa.Column("organisation_id", sa.UUID(), nullable=True),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_change")),
        comment="What changed since it was looked at: needs, resources, organisations, partners, without their values",
    )
    for statement in (NOTE, *TRIGGERS):
        op.execute(statement)
    # All is looked at anew: what waits, and what was seen, need not be carried over.
    op.execute("DELETE FROM match_seen")
    op.execute("DELETE FROM match_waiting")
    op.add_column("match_prices", sa.Column("looked_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.alter_column("match_waiting", "decided_at", nullable=True)
    op.create_table_comment(
        "match_waiting", "Needs since a night: those that are to be decided on, and those that were, and wait",
        existing_comment="Needs that were decided on since a night, and wait",
    )  # fmt: skip
    op.add_column("match_seen", sa.Column("kind", sa.Text(collation="C"), nullable=False))
    op.add_column("match_seen", sa.Column("area", sa.Text(collation="C"), nullable=True))
    op.add_column("match_seen", sa.Column("charity", sa.Text(), nullable=True))
    op.add_column("match_seen", sa.Column("regions", sa.ARRAY(sa.Text()), nullable=True))
    op.create_table_comment(
        "match_seen",
        "A resource as it was last looked at, and the fewest units by which needs that wait were decided",
        existing_comment="Of a resource, the fewest units and the version of its criteria by which needs that wait were"
        " decided",
    )
    op.create_index(
        op.f("ix_match_waiting_run_id"), "match_waiting", ["run_id"], unique=False,
        postgresql_where=sa.text("decided_at IS NULL"),
    )  # fmt: skip
    op.create_index(op.f("ix_match_seen_kind_area"), "match_seen", ["kind", "area"], unique=False)
    op.create_index(
        op.f("ix_need_kind_region"), "need", ["kind", "region"], unique=False,
        postgresql_where=sa.text("status = 'OPEN'"),
    )  # fmt: skip
    op.create_index(op.f("ix_proposal_run_resource_id"), "proposal", ["run", "resource_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_proposal_run_resource_id"), table_name="proposal")
    op.drop_index(op.f("ix_need_kind_region"), table_name="need")
    op.drop_index(op.f("ix_match_seen_kind_area"), table_name="match_seen")
    op.drop_index(op.f("ix_match_waiting_run_id"), table_name="match_waiting")
    op.create_table_comment(
        "match_seen",
        "Of a resource, the fewest units and the version of its criteria by which needs that wait were decided",
        existing_comment=None,
    )
    for column in ("regions", "charity", "area", "kind"):
        op.drop_column("match_seen", column)
    op.create_table_comment(
        "match_waiting", "Needs that were decided on since a night, and wait", existing_comment=None
    )
    op.execute("DELETE FROM match_waiting WHERE decided_at IS NULL")
    op.alter_column("match_waiting", "decided_at", nullable=False)
    op.drop_column("match_prices", "looked_at")
    op.execute("DROP FUNCTION match_change_note() CASCADE")
    op.drop_table("match_change")
