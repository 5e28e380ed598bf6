"""Sharing requests with their history and clocks; keys of steps that clients named."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("partner_id", sa.UUID(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("row_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "key", name=op.f("pk_idempotency_key")),
        comment="Steps that clients named by a key of their own, so that one sent twice is taken once",
    )
    op.create_index(op.f("ix_idempotency_key_at"), "idempotency_key", ["at"], unique=False)
    op.create_table(
        "sharing_request",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(collation="C"), nullable=False),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("regions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("method", sa.Text(collation="C"), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("scenario", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("gaps", sa.Text(), nullable=True),
        sa.Column("extension_reasons", sa.Text(), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=True),
        sa.Column("refusal_reasons", sa.Text(), nullable=True),
        sa.Column("dispute_grounds", sa.Text(), nullable=True),
        sa.Column("ruling", sa.Text(), nullable=True),
        sa.Column("suspension_reasons", sa.Text(), nullable=True),
        sa.Column("disposal_proof", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_request")),
    )
    op.create_index(op.f("ix_sharing_request_ends_on_id"), "sharing_request", ["ends_on", "id"], unique=False)
    op.create_index(op.f("ix_sharing_request_starts_on_id"), "sharing_request", ["starts_on", "id"], unique=False)
    op.create_index(op.f("ix_sharing_request_state_id"), "sharing_request", ["state", "id"], unique=False)
    op.create_index(op.f("ix_sharing_request_state_since_id"), "sharing_request", ["state_since", "id"], unique=False)
    op.create_table(
        "sharing_request_clock",
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
            ["row_id"], ["sharing_request.id"], name=op.f("fk_sharing_request_clock_row_id_sharing_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_request_clock")),
    )
    op.create_index(op.f("ix_sharing_request_clock_due_on_id"), "sharing_request_clock", ["due_on", "id"], unique=False)
    op.create_index(
        op.f("ix_sharing_request_clock_next_at_id"), "sharing_request_clock", ["next_at", "id"], unique=False
    )
    op.create_index(op.f("ix_sharing_request_clock_row_id_id"), "sharing_request_clock", ["row_id", "id"], unique=False)
    op.create_table(
        "sharing_request_step",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("row_id", sa.UUID(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(collation="C"), nullable=True),
        sa.Column("to_state", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("given", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["row_id"], ["sharing_request.id"], name=op.f("fk_sharing_request_step_row_id_sharing_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_request_step")),
    )
    op.create_index(op.f("ix_sharing_request_step_row_id_id"), "sharing_request_step", ["row_id", "id"], unique=False)
    op.create_index(
        op.f("ix_sharing_request_step_taken_at_id"), "sharing_request_step", ["taken_at", "id"], unique=False
    )
    op.create_index(op.f("ix_sharing_request_step_version_id"), "sharing_request_step", ["version", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sharing_request_step_version_id"), table_name="sharing_request_step")
    op.drop_index(op.f("ix_sharing_request_step_taken_at_id"), table_name="sharing_request_step")
    op.drop_index(op.f("ix_sharing_request_step_row_id_id"), table_name="sharing_request_step")
    op.drop_table("sharing_request_step")
    op.drop_index(op.f("ix_sharing_request_clock_row_id_id"), table_name="sharing_request_clock")
    op.drop_index(op.f("ix_sharing_request_clock_next_at_id"), table_name="sharing_request_clock")
    op.drop_index(op.f("ix_sharing_request_clock_due_on_id"), table_name="sharing_request_clock")
    op.drop_table("sharing_request_clock")
    op.drop_index(op.f("ix_sharing_request_state_since_id"), table_name="sharing_request")
    op.drop_index(op.f("ix_sharing_request_state_id"), table_name="sharing_request")
    op.drop_index(op.f("ix_sharing_request_starts_on_id"), table_name="sharing_request")
    op.drop_index(op.f("ix_sharing_request_ends_on_id"), table_name="sharing_request")
    op.drop_table("sharing_request")
    op.drop_index(op.f("ix_idempotency_key_at"), table_name="idempotency_key")
    op.drop_table("idempotency_key")
