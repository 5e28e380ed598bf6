"""What has changed that is to be looked at between two nights: noted by triggers, in the transaction that changes it.

Whoever writes, and however, a change and its note are committed together: none is missed, in whatever order
transactions end. Notes are only added, and removed one by one by whoever looked, so that no writer waits for another.
A note has no values, only whose they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import DDL, BigInteger, Column, DateTime, Identity, Table, Text, event, text
from sqlalchemy.dialects.postgresql import UUID

from hub.store import match_prices
from hub.store.criteria import CRITERIA_APPROVAL
from hub.store.ledger import PARTNER
from hub.store.tables import METADATA, TABLES

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from hub.store.audit import Connection

MATCH_CHANGE: Final = Table(
    "match_change",
    METADATA,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("need_id", UUID()),
    Column("resource_id", UUID()),
    Column("organisation_id", UUID()),
    Column("partner", Text()),
    comment="What changed since it was looked at: needs, resources, organisations, partners, without their values",
)
NOTE: Final = """CREATE FUNCTION match_change_note() RETURNS trigger LANGUAGE plpgsql AS $$
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
_RESOURCE: Final = (
    "kind", "area", "capacity_available", "assessment_required", "valid_from", "valid_until", "organisation_id"
)  # fmt: skip
_NEED: Final = ("status", "consented", "kind", "region", "urgency")
_OPEN: Final = "NEW.status = 'OPEN' AND NEW.consented <> '{}'"


def _differs(*columns: str) -> str:
    old, new = (", ".join(f"{side}.{column}" for column in columns) for side in ("OLD", "NEW"))
    return f"({old}) IS DISTINCT FROM ({new})" if len(columns) > 1 else f"{old} IS DISTINCT FROM {new}"


def _triggers() -> dict[str, tuple[str, str, str]]:
    """Name → event, table and condition. A condition that does not hold costs a writer next to nothing."""
    return {
        "need_comes": ("INSERT", "need", _OPEN),
        "need_changes": (f"UPDATE OF {', '.join(_NEED)}", "need", f"{_OPEN} AND {_differs(*_NEED)}"),
        "proposal_changes": (
            "INSERT OR DELETE OR UPDATE OF state, need_id, resource_id, period_from", "proposal", "true"
        ),
        "resource_comes": ("INSERT", "charity_resource", "true"),
        "resource_changes": (f"UPDATE OF {', '.join(_RESOURCE)}", "charity_resource", _differs(*_RESOURCE)),
        "approval_comes": ("INSERT", "criteria_approval", "true"),
        "organisation_changes": ("UPDATE OF partner", "charity_organisation", _differs("partner")),
        "partner_changes": (
            "UPDATE OF state, roles, regions, purposes", "partner", _differs("state", "roles", "regions", "purposes")
        ),
    }  # fmt: skip


TRIGGERS: Final = tuple(
    f"CREATE TRIGGER match_{name} AFTER {events} ON {table}\n"
    f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION match_change_note()"
    for name, (events, table, condition) in _triggers().items()
)
for _noted in ("Need", "Proposal", "CharityResource", "CharityOrganisation"):
    MATCH_CHANGE.add_is_dependent_on(TABLES[_noted])
MATCH_CHANGE.add_is_dependent_on(CRITERIA_APPROVAL)
MATCH_CHANGE.add_is_dependent_on(PARTNER)
for _statement in (NOTE, *TRIGGERS):
    event.listen(MATCH_CHANGE, "after_create", DDL(_statement))  # type: ignore[no-untyped-call] # SQLAlchemy has not typed it
event.listen(MATCH_CHANGE, "before_drop", DDL("DROP FUNCTION match_change_note() CASCADE"))  # type: ignore[no-untyped-call]
FORGOTTEN_AT_ONCE: Final = 5_000
_OLD: Final = "SELECT noted_at < $1 FROM match_change ORDER BY id LIMIT 1"
_FORGET: Final = """
WITH gone AS (
  DELETE FROM match_change c USING (SELECT id FROM match_change ORDER BY id LIMIT $2) oldest
  WHERE c.id = oldest.id AND c.noted_at < $1 RETURNING 1)
SELECT count(*) FROM gone
"""
_READ: Final = "SELECT id, need_id, resource_id, organisation_id, partner FROM match_change ORDER BY id LIMIT $1"


@dataclass(frozen=True, slots=True)
class Changes:
    """Notes that were read, and what they are of: ids, and names of partners."""

    ids: Sequence[int]
    needs: Sequence[uuid.UUID]
    resources: Sequence[uuid.UUID]
    organisations: Sequence[uuid.UUID]
    partners: Sequence[str]


async def read_changes(connection: Connection, most: int) -> Changes:
    """Return the oldest notes. What they are of is to be read by a later statement: then it is as new as they are."""
    rows = await connection.fetch(_READ, most)
    ids, *named = zip(*rows, strict=True) if rows else ((),) * 5
    return Changes(ids, *([each for each in dict.fromkeys(some) if each is not None] for some in named))


async def remove_changes(connection: Connection, changes: Changes) -> None:
    """Remove the notes that were read, in the transaction that keeps what came of them."""
    if changes.ids:
        await connection.execute("DELETE FROM match_change WHERE id = ANY($1)", list(changes.ids))


async def forget_changes(connection: Connection, before: datetime) -> int:
    """Remove notes that nobody looked at, for nothing is decided between nights here; return how many.

    Whoever begins to decide looks at everything first. While somebody decides, nothing is removed.
    """
    # The lock only where there is something old: whoever decides would find it taken, and sleep.
    if not await connection.fetchval(_OLD, before):
        return 0
    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", match_prices.LOCK):
        return 0
    gone = await connection.fetchval(_FORGET, before, FORGOTTEN_AT_ONCE)
    if gone:
        await connection.execute("UPDATE match_prices SET looked_at = NULL")
    return int(gone)
