"""Members of partners: the people behind them, whose tokens stand in audit and histories."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "member",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("partner_id", sa.UUID(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("regions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("purposes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(token) = 16", name=op.f("ck_member_token")),
        sa.CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name=op.f("ck_member_subject_of_an_issuer")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_member_partner_id_partner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        comment="Members of partners: named by tokens elsewhere; what says who they are is sealed here",
    )
    op.create_index(op.f("ix_member_partner_id"), "member", ["partner_id"])
    op.create_index(op.f("ix_member_token"), "member", ["token"])
    op.create_index(
        "uq_member_token_in_force", "member", ["token"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.add_column("partner_token", sa.Column("member_id", sa.UUID(), nullable=True))
    op.create_foreign_key(op.f("fk_partner_token_member_id_member"), "partner_token", "member", ["member_id"], ["id"])
    op.create_index(op.f("ix_partner_token_member_id"), "partner_token", ["member_id"])
    op.add_column("audit_record", sa.Column("member", sa.LargeBinary(), nullable=True))
    op.add_column("sharing_request_step", sa.Column("member", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("sharing_request_step", "member")
    op.drop_column("audit_record", "member")
    op.drop_index(op.f("ix_partner_token_member_id"), table_name="partner_token")
    op.drop_constraint(op.f("fk_partner_token_member_id_member"), "partner_token", type_="foreignkey")
    op.drop_column("partner_token", "member_id")
    op.drop_table("member")
