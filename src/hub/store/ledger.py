"""The store's own tables, beside those derived from the declarations: keys, partners, members, audit.

They stand on the same metadata, so that one comparison proves the migrations for all of them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from hub.store.append_only import append_only
from hub.store.tables import METADATA

KEYRING = Table(
    "keyring",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("fingerprint", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    comment="Which keyring file belongs to this database",
)

DATA_KEY = Table(
    "data_key",
    METADATA,
    Column("key_id", BigInteger, primary_key=True, autoincrement=False),
    Column("group", Text, nullable=False),
    Column("suite", SmallInteger, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("state IN ('active', 'retired')", name="state"),
    CheckConstraint("key_id BETWEEN 1 AND 4294967295", name="key_id"),
    comment="Data keys, wrapped by the key-encryption key of the keyring",
)

PARTNER = Table(
    "partner",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("regions", ARRAY(Text), nullable=False),
    Column("purposes", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False, server_default=text("'active'")),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("certificate_bound", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("state IN ('active', 'suspended')", name="state"),
    comment="Who may ask, in which roles, for which regions and purposes",
)

MEMBER = Table(
    "member",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("partner_id", UUID, ForeignKey("partner.id"), nullable=False, index=True),
    Column("token", LargeBinary, nullable=False),
    Column("issuer", Text),
    Column("subject", LargeBinary),
    Column("name", LargeBinary, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("regions", ARRAY(Text), nullable=False),
    Column("purposes", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("octet_length(token) = 16", name="token"),
    CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="subject_of_an_issuer"),
    Index("uq_member_token_in_force", "token", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index(None, "token"),
    comment="Members of partners: named by tokens elsewhere; what says who they are is sealed here",
)
"""A person who was a member before and is one again has another row, with the same token."""

PARTNER_TOKEN = Table(
    "partner_token",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("partner_id", UUID, ForeignKey("partner.id"), nullable=False, index=True),
    Column("member_id", UUID, ForeignKey("member.id"), index=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("prefix", Text, nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("certificate", LargeBinary),
    CheckConstraint("octet_length(hash) = 32", name="hash"),
    CheckConstraint("octet_length(certificate) = 32", name="certificate"),
    comment="Partners' credentials: hashes only",
)

LOOKUP_USE = Table(
    "lookup_use",
    METADATA,
    Column("partner", Text, primary_key=True),
    Column("looked_up_until", DateTime(timezone=True), nullable=False),
    Column("missed_until", DateTime(timezone=True), nullable=False),
    Column("day_until", DateTime(timezone=True), nullable=False),
    comment="By when a partner's look-ups, and those that found nothing, are made up for",
)

AUDIT_RECORD = Table(
    "audit_record",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("request_id", Text, nullable=False),
    Column("partner_id", UUID),
    Column("purpose", Text),
    Column("action", Text, nullable=False),
    Column("operation", LargeBinary),
    Column("fields", JSONB, nullable=False),
    Column("literals", LargeBinary, nullable=False),
    Column("subjects", LargeBinary, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("policy", LargeBinary),
    Column("outcome", Text, nullable=False),
    Column("member", LargeBinary),
    Column("previous", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Index(None, "at", postgresql_using="brin"),
    comment="What was answered to whom, for which purpose; append-only, each record chained to the one before",
)
"""No foreign key to ``partner``: a record outlives what it speaks of. ``seq`` has no sequence behind it,
because a rolled back number would look like a removed record. Every answer waits for its insert, hence no
more indexes than these."""

append_only(AUDIT_RECORD)
