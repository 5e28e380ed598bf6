"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_record",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.UUID(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("operation", sa.LargeBinary(), nullable=True),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("literals", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("subjects", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("policy", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_record")),
        comment="What was answered to whom, for which purpose; append-only, each record chained to the one before",
    )
    op.create_index(op.f("ix_audit_record_at"), "audit_record", ["at"], unique=False, postgresql_using="brin")
    op.create_table(
        "charity_organisation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column(
            "field_origins",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charity_organisation")),
    )
    op.create_index(op.f("ix_charity_organisation_name_id"), "charity_organisation", ["name", "id"], unique=False)
    op.create_index(op.f("ix_charity_organisation_region_id"), "charity_organisation", ["region", "id"], unique=False)
    op.create_table(
        "claim",
        sa.Column("row_id", sa.UUID(), nullable=False),
        sa.Column("field", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("entity", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("row_id", "field", "source", name=op.f("pk_claim")),
    )
    op.create_table(
        "data_key",
        sa.Column("key_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("suite", sa.SmallInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('active', 'retired')", name=op.f("ck_data_key_state")),
        sa.CheckConstraint("key_id BETWEEN 1 AND 4294967295", name=op.f("ck_data_key_key_id")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_data_key")),
        comment="Data keys, wrapped by the key-encryption key of the keyring",
    )
    op.create_table(
        "household",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("declared_monthly_income", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("declared_vehicles", sa.Integer(), nullable=True),
        sa.Column("declared_homes", sa.Integer(), nullable=True),
        sa.Column("check_authorised_on", sa.Date(), nullable=True),
        sa.Column(
            "field_origins",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
    )
    op.create_index(
        op.f("ix_household_check_authorised_on_id"), "household", ["check_authorised_on", "id"], unique=False
    )
    op.create_index(
        op.f("ix_household_declared_monthly_income_id"), "household", ["declared_monthly_income", "id"], unique=False
    )
    op.create_index(op.f("ix_household_region_id"), "household", ["region", "id"], unique=False)
    op.create_index(op.f("ix_household_size_id"), "household", ["size", "id"], unique=False)
    op.create_table(
        "keyring",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_keyring_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyring")),
        comment="Which keyring file belongs to this database",
    )
    op.create_table(
        "partner",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("regions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("purposes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('active', 'suspended')", name=op.f("ck_partner_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
        sa.UniqueConstraint("name", name=op.f("uq_partner_name")),
        comment="Who may ask, in which roles, for which regions and purposes",
    )
    op.create_table(
        "person",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=False),
        sa.Column("id_number_index", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("name_index", sa.LargeBinary(), nullable=True),
        sa.Column("sex", sa.Text(collation="C"), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("registered_region", sa.Text(collation="C"), nullable=True),
        sa.Column("registered_address", sa.LargeBinary(), nullable=True),
        sa.Column(
            "field_origins",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_birth_date_id"), "person", ["birth_date", "id"], unique=False)
    op.create_index(op.f("ix_person_id_number_index"), "person", ["id_number_index"], unique=True)
    op.create_index(op.f("ix_person_name_index"), "person", ["name_index"], unique=False)
    op.create_index(op.f("ix_person_phone_index"), "person", ["phone_index"], unique=False)
    op.create_index(op.f("ix_person_region_id"), "person", ["region", "id"], unique=False)
    op.create_table(
        "provenance",
        sa.Column("key_token", sa.LargeBinary(), nullable=False),
        sa.Column("entity", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("source_table", sa.Text(collation="C"), nullable=False),
        sa.Column("row_id", sa.UUID(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_token", "entity", name=op.f("pk_provenance")),
    )
    op.create_index(op.f("ix_provenance_row_id"), "provenance", ["row_id"], unique=False)
    op.create_table(
        "region",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("parent_id", sa.UUID(), nullable=True),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["region.id"], name=op.f("fk_region_parent_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
    )
    op.create_index(op.f("ix_region_code"), "region", ["code"], unique=True)
    op.create_index(op.f("ix_region_level_id"), "region", ["level", "id"], unique=False)
    op.create_index(op.f("ix_region_name_id"), "region", ["name", "id"], unique=False)
    op.create_index(op.f("ix_region_parent_id_id"), "region", ["parent_id", "id"], unique=False)
    op.create_table(
        "sync_run",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_loaded", sa.Integer(), nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), nullable=False),
        sa.Column("rows_quarantined", sa.Integer(), nullable=False),
        sa.Column("rows_not_concerned", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
    )
    op.create_index(op.f("ix_sync_run_finished_at_id"), "sync_run", ["finished_at", "id"], unique=False)
    op.create_index(op.f("ix_sync_run_rows_loaded_id"), "sync_run", ["rows_loaded", "id"], unique=False)
    op.create_index(op.f("ix_sync_run_rows_not_concerned_id"), "sync_run", ["rows_not_concerned", "id"], unique=False)
    op.create_index(op.f("ix_sync_run_rows_quarantined_id"), "sync_run", ["rows_quarantined", "id"], unique=False)
    op.create_index(op.f("ix_sync_run_rows_read_id"), "sync_run", ["rows_read", "id"], unique=False)
    op.create_index(op.f("ix_sync_run_rows_unchanged_id"), "sync_run", ["rows_unchanged", "id"], unique=False)
    op.create_index(op.f("ix_sync_run_source_id"), "sync_run", ["source", "id"], unique=False)
    op.create_index(op.f("ix_sync_run_started_at_id"), "sync_run", ["started_at", "id"], unique=False)
    op.create_index(op.f("ix_sync_run_status_id"), "sync_run", ["status", "id"], unique=False)
    op.create_table(
        "charity_resource",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("eligibility", sa.Text(), nullable=True),
        sa.Column("minimum_age", sa.Integer(), nullable=True),
        sa.Column("maximum_age", sa.Integer(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("capacity_maximum", sa.Integer(), nullable=True),
        sa.Column("capacity_available", sa.Integer(), nullable=True),
        sa.Column("area", sa.Text(collation="C"), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column(
            "field_origins",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["charity_organisation.id"],
            name=op.f("fk_charity_resource_organisation_id_charity_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charity_resource")),
    )
    op.create_index(op.f("ix_charity_resource_area_id"), "charity_resource", ["area", "id"], unique=False)
    op.create_index(
        op.f("ix_charity_resource_capacity_available_id"),
        "charity_resource",
        ["capacity_available", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_charity_resource_capacity_maximum_id"), "charity_resource", ["capacity_maximum", "id"], unique=False
    )
    op.create_index(op.f("ix_charity_resource_kind_id"), "charity_resource", ["kind", "id"], unique=False)
    op.create_index(
        op.f("ix_charity_resource_organisation_id_id"), "charity_resource", ["organisation_id", "id"], unique=False
    )
    op.create_index(op.f("ix_charity_resource_title_id"), "charity_resource", ["title", "id"], unique=False)
    op.create_index(op.f("ix_charity_resource_valid_from_id"), "charity_resource", ["valid_from", "id"], unique=False)
    op.create_index(op.f("ix_charity_resource_valid_until_id"), "charity_resource", ["valid_until", "id"], unique=False)
    op.create_table(
        "household_member",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("household_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("relationship", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "field_origins",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_household_member_household_id_household")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_household_member_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_member")),
    )
    op.create_index(
        op.f("ix_household_member_household_id_id"), "household_member", ["household_id", "id"], unique=False
    )
    op.create_index(op.f("ix_household_member_person_id_id"), "household_member", ["person_id", "id"], unique=False)
    op.create_table(
        "means_check",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("household_id", sa.UUID(), nullable=False),
        sa.Column("outcome", sa.Text(collation="C"), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "field_origins",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_means_check_household_id_household")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_means_check")),
    )
    op.create_index(op.f("ix_means_check_checked_at_id"), "means_check", ["checked_at", "id"], unique=False)
    op.create_index(op.f("ix_means_check_household_id_id"), "means_check", ["household_id", "id"], unique=False)
    op.create_index(op.f("ix_means_check_outcome_id"), "means_check", ["outcome", "id"], unique=False)
    op.create_index(op.f("ix_means_check_region_id"), "means_check", ["region", "id"], unique=False)
    op.create_table(
        "need",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("household_id", sa.UUID(), nullable=True),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("description", sa.LargeBinary(), nullable=True),
        sa.Column("urgency", sa.Text(collation="C"), nullable=True),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("consent_signed_on", sa.Date(), nullable=True),
        sa.Column("consented", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=True),
        sa.Column(
            "field_origins",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_need_household_id_household")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_need_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
    )
    op.create_index(op.f("ix_need_created_on_id"), "need", ["created_on", "id"], unique=False)
    op.create_index(op.f("ix_need_household_id_id"), "need", ["household_id", "id"], unique=False)
    op.create_index(op.f("ix_need_kind_id"), "need", ["kind", "id"], unique=False)
    op.create_index(op.f("ix_need_person_id_id"), "need", ["person_id", "id"], unique=False)
    op.create_index(op.f("ix_need_region_id"), "need", ["region", "id"], unique=False)
    op.create_index(op.f("ix_need_status_id"), "need", ["status", "id"], unique=False)
    op.create_index(op.f("ix_need_urgency_id"), "need", ["urgency", "id"], unique=False)
    op.create_table(
        "partner_token",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("partner_id", sa.UUID(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_partner_token_hash")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_partner_token_partner_id_partner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_partner_token_hash")),
        sa.UniqueConstraint("prefix", name=op.f("uq_partner_token_prefix")),
        comment="Partners' credentials: hashes only",
    )
    op.create_index(op.f("ix_partner_token_partner_id"), "partner_token", ["partner_id"], unique=False)
    op.create_table(
        "quarantined_row",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_table", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("row", sa.LargeBinary(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["sync_run.id"], name=op.f("fk_quarantined_row_run_id_sync_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_row")),
    )
    op.create_index(op.f("ix_quarantined_row_rule_id"), "quarantined_row", ["rule", "id"], unique=False)
    op.create_index(op.f("ix_quarantined_row_run_id_id"), "quarantined_row", ["run_id", "id"], unique=False)
    op.create_index(op.f("ix_quarantined_row_seen_at_id"), "quarantined_row", ["seen_at", "id"], unique=False)
    op.create_index(op.f("ix_quarantined_row_source_id"), "quarantined_row", ["source", "id"], unique=False)
    op.create_table(
        "recipient",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("household_id", sa.UUID(), nullable=True),
        sa.Column("category", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("monthly_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column(
            "field_origins",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_recipient_household_id_household")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recipient_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
    )
    op.create_index(op.f("ix_recipient_approved_on_id"), "recipient", ["approved_on", "id"], unique=False)
    op.create_index(op.f("ix_recipient_category_id"), "recipient", ["category", "id"], unique=False)
    op.create_index(op.f("ix_recipient_household_id_id"), "recipient", ["household_id", "id"], unique=False)
    op.create_index(op.f("ix_recipient_monthly_amount_id"), "recipient", ["monthly_amount", "id"], unique=False)
    op.create_index(op.f("ix_recipient_person_id_id"), "recipient", ["person_id", "id"], unique=False)
    op.create_index(op.f("ix_recipient_region_id"), "recipient", ["region", "id"], unique=False)
    op.create_index(op.f("ix_recipient_status_id"), "recipient", ["status", "id"], unique=False)
    op.create_index(op.f("ix_recipient_valid_until_id"), "recipient", ["valid_until", "id"], unique=False)
    op.create_table(
        "finding",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("means_check_id", sa.UUID(), nullable=True),
        sa.Column("department", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("amount", sa.LargeBinary(), nullable=True),
        sa.Column("observed_on", sa.Date(), nullable=True),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "field_origins",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["means_check_id"], ["means_check.id"], name=op.f("fk_finding_means_check_id_means_check")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_finding_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_means_check_id_id"), "finding", ["means_check_id", "id"], unique=False)
    op.create_index(op.f("ix_finding_person_id_id"), "finding", ["person_id", "id"], unique=False)
    # The audit table is append-only, for its owner too.
    op.execute("""CREATE FUNCTION audit_record_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_record is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""")
    op.execute("""CREATE TRIGGER audit_record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record
FOR EACH STATEMENT EXECUTE FUNCTION audit_record_refuse_change()""")
    op.execute("""ALTER TABLE audit_record ENABLE ALWAYS TRIGGER audit_record_append_only""")


def downgrade() -> None:
    op.execute("DROP FUNCTION audit_record_refuse_change() CASCADE")
    op.drop_table("finding")
    op.drop_table("recipient")
    op.drop_table("quarantined_row")
    op.drop_table("partner_token")
    op.drop_table("need")
    op.drop_table("means_check")
    op.drop_table("household_member")
    op.drop_table("charity_resource")
    op.drop_table("sync_run")
    op.drop_table("region")
    op.drop_table("provenance")
    op.drop_table("person")
    op.drop_table("partner")
    op.drop_table("keyring")
    op.drop_table("household")
    op.drop_table("data_key")
    op.drop_table("claim")
    op.drop_table("charity_organisation")
    op.drop_table("audit_record")
