"""Criteria of resources that civil affairs approved: versions, of which the last one of a resource counts.

What a charity states stands in its resource, and counts for nothing until somebody approves it here. Each row has an
authentication code: what somebody writes here who has the database, but not the keyring, was approved by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import CheckConstraint, Column, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP, UUID

from hub.store.append_only import append_only
from hub.store.tables import METADATA

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Mapping
    from datetime import datetime

    import asyncpg

    from hub.store.audit import Connection, Mac

CRITERIA_APPROVAL: Final = Table(
    "criteria_approval",
    METADATA,
    Column("resource_id", UUID(), nullable=False),
    Column("version", Integer(), nullable=False),
    Column("criteria", Text()),
    Column("widths", Integer(), nullable=False),
    Column("approved_at", TIMESTAMP(timezone=True), nullable=False),
    Column("approved_by", Text(), nullable=False),
    Column("mac", LargeBinary(), nullable=False),
    PrimaryKeyConstraint("resource_id", "version"),
    CheckConstraint("version >= 1", name="counted_from_one"),
    comment="Criteria of resources that were approved; the last version of a resource counts",
)
append_only(CRITERIA_APPROVAL)
LABEL: Final = "criteria approval"
"""Of the authentication code."""
_LATEST: Final = """
SELECT DISTINCT ON (resource_id) * FROM criteria_approval WHERE $1::uuid IS NULL OR resource_id = $1
ORDER BY resource_id, version DESC
"""
_NAMED: Final = """
SELECT a.* FROM unnest($1::uuid[], $2::int[]) AS named(id, version)
JOIN criteria_approval a ON a.resource_id = named.id AND a.version = named.version
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One version. ``criteria``: canonical JSON; None where everybody is eligible. ``widths``: version of those then.

    ``approved_by``: the operator's name on the machine.
    """

    resource_id: uuid.UUID
    version: int
    criteria: str | None
    widths: int
    approved_at: datetime
    approved_by: str


async def latest_approvals(
    connection: Connection, mac: Mac, resource: uuid.UUID | None = None
) -> Mapping[uuid.UUID, Approval | None]:
    """Return the last version of each resource, or of one; None in place of one that was not written by this hub."""
    return {row["resource_id"]: _own(row, mac) for row in await connection.fetch(_LATEST, resource)}


async def approvals_named(
    connection: Connection, mac: Mac, named: Collection[tuple[uuid.UUID, int]]
) -> Mapping[tuple[uuid.UUID, int], Approval | None]:
    """Return these versions of these resources; None in place of one that was not written by this hub."""
    rows = await connection.fetch(_NAMED, [resource for resource, _ in named], [version for _, version in named])
    return {(row["resource_id"], row["version"]): _own(row, mac) for row in rows}


async def next_version(connection: Connection, resource: uuid.UUID) -> int:
    """Return the number of the version that comes next, after whatever stands there."""
    found = await connection.fetchval(
        "SELECT coalesce(max(version), 0) + 1 FROM criteria_approval WHERE resource_id = $1", resource
    )
    return int(found)


async def append_approval(connection: Connection, made: Approval, mac: Mac) -> None:
    """Note it. Raises ``asyncpg.UniqueViolationError`` where somebody else approved the same version meanwhile."""
    await connection.execute(
        "INSERT INTO criteria_approval VALUES ($1, $2, $3, $4, $5, $6, $7)",
        made.resource_id, made.version, made.criteria, made.widths, made.approved_at, made.approved_by,
        mac(_canonical(made)),
    )  # fmt: skip


def _own(row: asyncpg.Record, mac: Mac) -> Approval | None:
    columns = dict(row)
    own = columns.pop("mac")
    made = Approval(**columns)
    return made if own == mac(_canonical(made)) else None


def _canonical(made: Approval) -> bytes:
    return orjson.dumps([
        str(made.resource_id), made.version, made.criteria, made.widths, made.approved_at, made.approved_by,
    ], option=orjson.OPT_UTC_Z)  # fmt: skip
