"""A charity is told of what is proposed to it, and no more; what else a need or a partner changes is noted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TRIGGERS = (
    """CREATE TRIGGER match_need_changes AFTER UPDATE OF status, consented, kind, region, urgency ON need
FOR EACH ROW WHEN (NEW.status = 'OPEN' AND NEW.consented <> '{}'
    AND (OLD.status, OLD.consented, OLD.kind, OLD.region, OLD.urgency)
    IS DISTINCT FROM (NEW.status, NEW.consented, NEW.kind, NEW.region, NEW.urgency))
EXECUTE FUNCTION match_change_note()""",
    """CREATE TRIGGER match_partner_changes AFTER UPDATE OF state, roles, regions, purposes ON partner
FOR EACH ROW WHEN ((OLD.state, OLD.roles, OLD.regions, OLD.purposes)
    IS DISTINCT FROM (NEW.state, NEW.roles, NEW.regions, NEW.purposes))
EXECUTE FUNCTION match_change_note()""",
)
BEFORE = (
    """CREATE TRIGGER match_need_changes AFTER UPDATE OF status, consented ON need
FOR EACH ROW WHEN (NEW.status = 'OPEN' AND NEW.consented <> '{}'
    AND (OLD.status, OLD.consented) IS DISTINCT FROM (NEW.status, NEW.consented))
EXECUTE FUNCTION match_change_note()""",
    """CREATE TRIGGER match_partner_changes AFTER UPDATE OF state, roles, regions ON partner
FOR EACH ROW WHEN ((OLD.state, OLD.roles, OLD.regions) IS DISTINCT FROM (NEW.state, NEW.roles, NEW.regions))
EXECUTE FUNCTION match_change_note()""",
)


def upgrade() -> None:
    op.drop_column("proposal_reason", "brief")
    op.execute(
        "UPDATE proposal_reason r SET giver = NULL FROM proposal p"
        " WHERE p.id = r.proposal_id AND p.resource_id <> r.resource_id"
    )
    # Why something was proposed is kept no longer once it was declined, or nobody answered.
    op.execute(
        "DELETE FROM proposal_reason r USING proposal p WHERE p.id = r.proposal_id"
        " AND p.state IN ('DECLINED', 'EXPIRED')"
    )
    _replace(TRIGGERS)


def downgrade() -> None:
    _replace(BEFORE)
    # What was said in brief is sealed, and known no more: proposals go on without their reasons.
    op.execute("DELETE FROM proposal_reason")
    op.add_column("proposal_reason", sa.Column("brief", sa.LargeBinary(), nullable=False))


def _replace(triggers: tuple[str, ...]) -> None:
    op.execute("DROP TRIGGER match_need_changes ON need")
    op.execute("DROP TRIGGER match_partner_changes ON partner")
    for statement in triggers:
        op.execute(statement)
