"""The history of sharing requests is append-only, as the audit is."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""CREATE FUNCTION sharing_request_step_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'sharing_request_step is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""")
    op.execute("""CREATE TRIGGER sharing_request_step_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON sharing_request_step
FOR EACH STATEMENT EXECUTE FUNCTION sharing_request_step_refuse_change()""")
    op.execute("ALTER TABLE sharing_request_step ENABLE ALWAYS TRIGGER sharing_request_step_append_only")


def downgrade() -> None:
    op.execute("DROP FUNCTION sharing_request_step_refuse_change() CASCADE")
