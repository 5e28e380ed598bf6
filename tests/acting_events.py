"""Events as partners of an acting hub read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hub.process.calendar import day_of

if TYPE_CHECKING:
    from acting_hub import Acting

EVENTS = """query($after: String, $first: Int, $where: EventWhere) {
  events(after: $after, first: $first, where: $where) {
    nodes { id at kind entity version sharingRequest { id state } }
    pageInfo { hasNextPage endCursor } } }"""


def asked(**changes: Any) -> dict[str, Any]:
    """What a request for data gives."""
    today = day_of(datetime.now(UTC))
    return {
        "provider": "CIVIL_AFFAIRS",
        "items": ["Recipient.category", "Recipient.status"],
        "purpose": "benefit-coordination",
        "regions": ["2305"],
        "method": "QUERY",
        "basis": "社会救助暂行办法第五十八条",
        "scenario": "核对养老金与救助待遇是否重复",
        "startsOn": today.isoformat(),
        "endsOn": (today + timedelta(days=90)).isoformat(),
        **changes,
    }


async def submitted(acting: Acting) -> str:
    """Submit a request for data as social security; return its id."""
    payload = await acting.step("social-security", "submitSharingRequest", asked())
    assert payload["errors"] == []
    row: str = payload["sharingRequest"]["id"]
    return row


async def events(acting: Acting, partner: str, **variables: Any) -> dict[str, Any]:
    """A page of events."""
    page: dict[str, Any] = (await acting.ask(partner, EVENTS, variables))["events"]
    return page


async def end(acting: Acting, partner: str, **variables: Any) -> str | None:
    """The cursor of the last event that a partner sees, of those that it asks for."""
    query = "query($where: EventWhere) { events(last: 1, where: $where) { pageInfo { endCursor } } }"
    cursor: str | None = (await acting.ask(partner, query, variables))["events"]["pageInfo"]["endCursor"]
    return cursor
